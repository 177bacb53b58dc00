"""Sentences end where a reader of markets would end them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.sentences import lead_in, split

CASES: list[list[str]] = [
    ["$30B+ (up from $9B).", "U.S. vs. E.U., Q3 FY27, 3.5 GW, e.g. No. 1."],
    ["Anthropic reached $30B+ (up from $9B).", "OpenAI did not."],
    ["The rules apply in the U.S.", "The plan is new."],
    ["The U.S. Treasury sold bonds.", "Yields rose."],
    ["The U.S. Department of Energy approved it."],
    ["U.S. Steel rose.", "It then fell."],
    ["He moved to the U.S. in May.", "He left."],
    ["Growth in the E.U.", "It slowed."],
    ["The U.K. and the U.S. agreed."],
    ["Nvidia Corp. said sales rose.", "AMD Inc. did too."],
    ["Nvidia Corp. Chief Executive Jensen Huang spoke."],
    ["It was bought by Acme Inc.", "The price was low."],
    ["Amazon.com Inc. and Alphabet Inc. spend most."],
    ["Samsung Electronics Co. Ltd. makes memory.", "SK Hynix leads."],
    ["Brookfield Renewable Partners L.P. signed a deal."],
    ["It costs approx. $5 billion a year.", "That is a lot."],
    ["Google vs. Microsoft is close.", "Amazon leads."],
    ["The case Musk v. Altman goes on."],
    ["Nvidia is No. 1 in chips.", "AMD is No. 2."],
    ["Was it No.", "It was not."],
    ["The market cap was $1.6T in May.", "It rose to 1.8T."],
    ["Version v2.0 came in 2025.", "Version 2.1 followed."],
    ["Capacity was 3.5 GW in 2026.", "It was 1.2 GW before."],
    ["J. Huang leads Nvidia.", "L. Su leads AMD."],
    ["Robert J. Smith spoke.", "He was brief."],
    ["C.C. Wei runs TSMC.", "Mark Liu retired."],
    ["Wait... it may be over.", "It is not."],
    ["Sales fell...", "Then they rose."],
    ["Sales fell\u2026", "Then they rose."],
    ['"Demand is insane."', "He said so in May."],
    ['He said "demand is strong."', "Investors agreed."],
    ["\u201cDemand is insane.\u201d", "Huang said so in May."],
    ['"Is it a bubble?" he asked.', "No one knew."],
    ["Sales rose.", "(Margins did not.)", "Cash did."],
    ["Sales rose (see Fig. 2).", "Margins fell."],
    ["The call began at 5 p.m. in New York.", "It was short."],
    ["It closed at 4 p.m.", "The stock fell."],
    ["See https://example.com/a.b?c=1.", "The page is old."],
    ["See example.com.", "The page is old."],
    ["The share moved .5 percent.", "The bond moved .2."],
    ["Three points matter: (a) cost; (b) speed; (c) power."],
    ["OpenAI's o3.", "GPT-5."],
    ["OpenAI released o3.", "GPT-5 followed."],
    ["Margins were 74.9%.", "Costs were 25.1%."],
    ["Reliance paid Rs. 500 crore.", "Tata paid less."],
    ["It was signed on Jan. 5, 2026.", "It ends in Dec. 2030."],
    ["The quarter ended Oct. 26, 2025.", "The next ended in Jan.", "The one after did not."],
    ["Kaplan et al. showed it.", "Hoffmann et al. (2022) refined it."],
    ["Firms rent compute, i.e. they pay for hours.", "Some own it."],
    ["Some models, e.g. Llama and Qwen, are open.", "Others are not."],
    ["Hyperscalers, e.g. Microsoft Corp., build.", "Labs rent."],
    ["As Fig. 2 shows, cost fell.", "See Sec. 3 and Eq. 4."],
    ["The St. Louis Fed said so.", "Rates held."],
    ["A Ph.D. in physics helps.", "Few have one."],
    ["Dr. Su and Mr. Musk met.", "Ms. Amodei did not."],
    ["Gov. Abbott and Sen. Warner wrote.", "Rep. Khanna did not."],
    ["xAI raised $20 billion in January 2026.", "xAI spends fast."],
    ["The cluster is in Memphis.", "xAI built it."],
    ["The engine is popular.", "vLLM is open."],
    ["Apple waits.", "iPhone sales fell."],
    ["In Q3 FY27.", "In H1 2026."],
    ["Prices fell 10x.", "Volumes rose 30x."],
    ["It fell 5%!", "Why?", "No one knows."],
    ["Yahoo! Finance reported it.", "Reuters confirmed it."],
    ["The firm (formerly X Corp.) merged.", "SpaceX bought it."],
    ["It spent $1.4 trillion.", "2026 was different."],
    ["Revenue was $5.", "Costs were $6."],
    ["The deal: $38 billion.", "Seven years."],
    ["Jensen Huang, Jr., is young.", "His father is not."],
    ['The firm says: "No."', "Investors say yes."],
    ["Estimates range from 3.5 to 4.5.", "The mean is 4."],
    ["Google's TPU v5e.", "The v6e followed."],
    ["A.I. is power hungry.", "Grids are full."],
    ["The growth of A.I.", "It goes on."],
    ["Power costs 5 c. per kWh.", "Gas costs less."],
    ["Pp. 12-14 matter.", "So does p. 9."],
    ["Meta Platforms, Inc. (META) rose.", "Alphabet fell."],
    ["On Nov. 3 OpenAI signed.", "On Nov. 4 it did not."],
    ["The plant makes 800 MW.", "The grid takes 500 MW."],
    ["It is est. 12 months late.", "It may be more."],
    ["Wash. D.C. is far.", "Virginia is near."],
    ["They met in Washington, D.C.", "The site is large."],
    ["Data centers in Va. and Tex. grow."],
    ["Mt. Pleasant, Wis., has one.", "Ft. Worth has two."],
    ["Net income was $2.5bn.", "That was up."],
    ["One question remains: who pays?", "Customers do."],
    ["Is demand real?", "Yes, said Mr. Huang."],
    ["He paid $5 mn. to leave."],
    ["The index rose 1.5 pct. in May.", "It fell in June."],
    ["Claude Opus 4.5.", "Then Opus 4.6 came."],
    ["Llama 3.1 405B ran on H100s.", "DeepSeek V3.2 did not."],
    ["Nvidia's H100, H200, etc. are sold out.", "B300 is next."],
    ["Chips, power, etc.", "All are scarce."],
    ["The ratio is 2:1.", "The U.S.'s share is 60%."],
    ["The S&P 500 rose.", "So did J.P. Morgan Chase & Co. shares."],
    ["J.P. Morgan said so.", "Goldman agreed."],
    ["T. Rowe Price invested.", "Fidelity did too."],
    ["Alibaba Group Holding Ltd. spent less.", "Tencent Holdings Ltd. spent more."],
    ["It has a market value of $5 tn.", "Its sales are $200 bn."],
    ["Sites: 1. Abilene, 2. Milam.", "More follow."],
    ["It said (in May 2026).", "Then nothing."],
    ["Nvidia (NVDA).", "AMD (AMD)."],
    ["It rose [1].", "It fell [2]."],
    ["The filing (Form 10-K.) is long."],
    ["Both fell.", '"We are supply constrained," Su said.'],
    ['He said, "We are late. We are sorry."', "They were."],
    ["It grew 12 percent; margins, however, fell; cash rose."],
    ["Is Q4 FY26 over?", "Q1 FY27 began in Feb. 2026."],
    ["The E.U. AI Act applies.", "The U.S. has none."],
    ["Sales in the U.S. Nvidia's largest market, rose."],
    ["A ban in the U.S.", "However, buyers found ways."],
    ["Exports to the U.A.E.", "They resumed in May."],
    ["Exports to the U.A.E. and the K.S.A. resumed."],
    ["1. Costs fall."],
    ["a. Costs fall."],
    ["Latency fell to 20 ms.", "The rest is network."],
    ["See Vol. 2.", "The rest is in Vol. 3."],
    ["(All figures are for 2026.)", "Revenue rose."],
    ["The call began at 5 p.m. ET.", "The stock rose."],
    ["The M.I.T. paper was short.", "It had 9 pages."],
    ["The deal was signed in 2025.", "The plant opens in 2027."],
    ["It sold 5 mn. units in May."],
]
"""Texts as the sentences that they hold."""


@pytest.mark.parametrize("sentences", CASES, ids=lambda sentences: sentences[0][:30])
def test_sentences_end_where_a_reader_would_end_them(sentences: list[str]) -> None:
    """Joined by spaces and split again, each text gives the same sentences."""
    text = " ".join(sentences)
    assert [text[start:end] for start, end in split(text)] == sentences


FRAGMENTS = st.sampled_from(
    [
        "U.S.",
        " ",
        "vs.",
        "e.g.",
        "(",
        ")",
        '"',
        "\u201c",
        "\u201d",
        "...",
        "\u2026",
        "!",
        "?",
        "No. 1",
        "3.5",
        "It",
        "xAI",
        "1.",
        "\n",
    ]
)


@given(st.one_of(st.text(), st.lists(FRAGMENTS).map("".join)))
def test_spans_have_every_word(text: str) -> None:
    """They are in order, do not overlap and are trimmed."""
    at = 0
    for start, end in split(text):
        assert at <= start < end
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


def test_a_very_long_line_is_split_in_windows() -> None:
    """Otherwise, unclosed quotation marks take time with the square of their number."""
    text = "\u201cSo. " * 40_000
    assert len(split(text)) == 40_000


def test_a_line_without_spaces_is_one_sentence() -> None:
    """Windows without a space to cut at are joined again."""
    text = "x" * 50_000
    assert "".join(text[start:end] for start, end in split(text)) == text


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("Costs fall. Three things matter:", "Three things matter:"),
        ("Three things matter.", ""),
        ("Three things matter in the U.S.:", "Three things matter in the U.S.:"),
        ("", ""),
        (":", ":"),
    ],
)
def test_a_lead_in_is_the_last_sentence_if_it_ends_with_a_colon(text: str, lead: str) -> None:
    assert lead_in(text) == lead


@pytest.mark.parametrize(
    "sentences",
    [
        [
            "Am 3. Mai 2026 stiegen die Preise um 12,5 Prozent.",
            "Der Umsatz lag bei 5 Mio. Euro, z. B. in Köln.",
        ],
        ["Im 3. Quartal war das bzw. jenes wie Nr. 5 der Liste.", "Die Dr. Müller GmbH ist neu."],
        ["M. Dupont est le chef de l'usine.", "Elle a coûté 5 millions d'euros, p. ex. à Lyon."],
        ["El Sr. Pérez compró la empresa.", "¿Cuánto gastó la Sra. López en ella?", "Nada."],
        ["台灣晶圓廠在2026年擴產。", "新廠將於2027年開始量產！", "為什麼？"],
        ["売上は5億円です。", "利益は増えた。"],
        ["افتتحت المحطة في عام 2024.", "هل هي كبيرة؟", "نعم."],
    ],
)
def test_sentences_end_by_the_rules_of_their_language(sentences: list[str]) -> None:
    """Abbreviations and ordinals do not end a sentence, and every script has its own full stops."""
    text = ("" if sentences[0].endswith("。") else " ").join(sentences)
    assert [text[start:end] for start, end in split(text)] == sentences


def test_a_full_width_colon_leads_into_a_list() -> None:
    """Chinese and Japanese write the colon as wide as a letter."""
    assert lead_in("成本下降。有三個原因\N{FULLWIDTH COLON}") == "有三個原因\N{FULLWIDTH COLON}"
