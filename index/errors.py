"""The errors of the index.

IndexFault
├── ContentError      the library's folder or one of its files cannot be read
├── EncoderError      the encoder is missing, damaged or not the one expected
│   └── OtherAdapterError   it has another adapter than the index was built with
├── GenerationError   a saved index is damaged or was written by another version
├── NoGenerationError nothing has been built yet
├── LockedError       another build is running
├── GitError          git is missing, or the library's repository cannot be read or brought up to date
└── WriteError        a file cannot be written: the disk is full, or the folder is read-only
"""

from __future__ import annotations


class IndexFault(Exception):
    """The root of all errors. The message says what is wrong, in which file, and what to do next."""


class ContentError(IndexFault):
    """The library's folder or one of its files cannot be read."""


class EncoderError(IndexFault):
    """The encoder is missing, damaged or not the one expected."""


class OtherAdapterError(EncoderError):
    """The index was built with the same encoder and another adapter."""


class GenerationError(IndexFault):
    """A saved index is damaged or was written by another version."""


class NoGenerationError(IndexFault):
    """Nothing has been built yet."""


class LockedError(IndexFault):
    """Another build is running."""


class GitError(IndexFault):
    """Git is missing, or the library's repository cannot be read or brought up to date."""


class WriteError(IndexFault):
    """A file cannot be written: the disk is full, or the folder is read-only."""
