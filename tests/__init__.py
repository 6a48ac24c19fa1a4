"""Tests that no single app owns, and what all tests share."""
