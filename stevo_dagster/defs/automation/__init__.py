"""Automation: schedule, sensors, conditions and alerts."""
