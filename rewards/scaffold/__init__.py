"""Write a new reward: a folder with code, cases, test and README, or a package that pip installs."""

from rewards.scaffold.write import write_plugin

__all__ = ["write_plugin"]
