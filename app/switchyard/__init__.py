"""Switchyard: a desktop chat and routing workbench for several language-model providers."""

__version__ = "0.1.0"
