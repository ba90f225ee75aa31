"""The screens: home, the timeline, help, and small questions."""
