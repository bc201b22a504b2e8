"""Run, results, history in; HTML, JSON, Markdown, JUnit out. Pure."""
