"""Function words of each supported language but English: words that carry no topic and that reveal the language of a text.

English has its own list in `index.text.tokenizer`, which the scores of the default library were tuned with. Words are in lower
case and without diacritics, as the tokenizer compares them.
"""

from __future__ import annotations

from collections.abc import Mapping

_GERMAN = """
aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist bitte da dabei dadurch damit
dann das dass davon dazu dein deine dem den denen der deren des dessen deshalb die dies diese diesem diesen dieser dieses doch
dort du durch ein eine einem einen einer eines er erklare es etwa euch euer fur gegen gibt hab habe haben hat hatte hatten hier
ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist ja jede jedem jeden jeder jedes jener kann kannst kein keine keinem
keinen keiner konnen konnte konnten mein meine mich mir mit muss mussen nach nicht nichts noch nun nur ob oder ohne sehr sein
seine seinem seinen seiner seit sich sie sind so soll sollen sollte sonst sowie um und uns unser unsere unter viel viele vom von
vor wann war waren warum was weil welche welchem welchen welcher welches wem wen wenn wer werde werden wessen wie wieder wieso
wieviel will wir wird wo wobei wohin wollen wurde wurden zu zum zur zwischen uber wahrend
"""
_FRENCH = """
a afin ai aie ainsi alors apres as au aucun aucune aussi autre autres aux avait avaient avec avez avoir avons bien car ce ceci
cela celle celles celui ces cet cette ceux chaque chez ci comme comment combien contre dans de depuis des donc dont du elle elles
en encore entre est et etaient etait etant ete etes etre eu eux explique font fait ici il ils je jusque la laquelle le lequel les
lesquelles lesquels leur leurs lors lorsque lui ma mais me meme memes mes moi moins mon ne ni nos notre nous on ont ou par parce
pas pendant peu peut peuvent plus pour pourquoi puis qu quand que quel quelle quelles quels quelque quelques qui quoi sa sans se
selon sera seront ses si son sont sous sur ta te tes toi ton tous tout toute toutes tres tu un une vers vos votre vous y
"""
_SPANISH = """
a acerca ademas ahora al algo algun alguna algunas algunos ante antes aquel aquella asi aun aunque bajo bien cada casi como con
contra cual cuales cuando cuanta cuantas cuanto cuantos de del desde donde durante e el ella ellas ellos en entre era eran es esa
esas ese eso esos esta estaba estaban estan estar estas este esto estos explica fue fueron ha habia habian han hasta hay he la las
le les lo los mas me mi mientras mis mucha mucho muchos muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros
para pero poco por porque pues que quien quienes se sea ser si sin sino sobre son su sus tambien tan tanto te tiene tienen toda
todas todo todos tu tus un una unas uno unos usted ustedes y ya yo
"""
_ITALIAN = """
a ad agli ai al alla alle allo anche che chi ci come con cosa cui da dagli dai dal dalla dalle dei degli del della delle dello di
dove e ed era erano gli ha hanno i il in io la le lei li lo loro lui ma mentre mi nei negli nel nella nelle no noi non nostro o
ogni per perche piu poi qual quale quali quando quanta quante quanti quanto quella quelle quelli quello questa queste questi questo
se senza si sia sono sopra sotto sta stato su sugli sui sul sulla sulle suo sua suoi sue tra tu un una uno vi voi
"""
_PORTUGUESE = """
a ao aos aquela aquele as ate com como da das de dela dele depois do dos e ela elas ele eles em entre era eram essa esse esta
estao estava este eu foi foram ha isso isto ja la lhe mais mas me mesmo meu minha muito na nao nas nem no nos nossa nosso num numa
o onde os ou para pela pelas pelo pelos por porque quais qual quando quanto quantos que quem sao se sem ser seu seus so sobre sua
suas tambem tem tinha um uma umas uns voce voces
"""
_DUTCH = """
aan al alle als bij dan dat de der deze die dit doch door dus een en er ge geen had heb hebben heeft hem het hier hij hoe hoeveel
hun iemand iets ik in is ja je kan kon kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat onder ons
ook op over reeds te tegen toch toen tot u uit uw van veel voor waar waarom wanneer want waren was wat welke werd wezen wie wij wil
worden wordt zal ze zei zelf zich zij zijn zo zonder zou
"""
_ARABIC = """
في من على الى عن مع هذا هذه ذلك تلك التي الذي الذين ما ماذا من متى اين كيف كم لماذا هل هو هي هم هن نحن انا انت كان كانت يكون تكون ان
أن إن إلى أين أنا أنت أو او و ثم لكن بل قد لقد لا لم لن ليس ليست كل بعض غير بين عند عندما حتى منذ بعد قبل فوق تحت حيث إذا اذا كما
أي اي به بها له لها فيه فيها منه منها عليه عليها عنه عنها ولا وما وفي ومن وعلى التى
"""

STOP_WORDS: Mapping[str, frozenset[str]] = {
    "ar": frozenset(_ARABIC.split()),
    "de": frozenset(_GERMAN.split()),
    "es": frozenset(_SPANISH.split()),
    "fr": frozenset(_FRENCH.split()),
    "it": frozenset(_ITALIAN.split()),
    "nl": frozenset(_DUTCH.split()),
    "pt": frozenset(_PORTUGUESE.split()),
}
"""The function words of each language, by ISO 639-1 code."""
