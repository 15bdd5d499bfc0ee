"""What the import does inside a kernel."""

HEAVY = "{'torch', 'botorch', 'plotly', 'pandas', 'sklearn', 'skopt', 'ipywidgets', 'anywidget'}"


def test_the_import_is_light_and_announces_itself(kernel):
    messages = kernel.run("import sys, optwidgets")
    opened = [item for item in messages if item["type"] == "comm_open"]
    assert [item["target_name"] for item in opened] == ["optwidgets.sessions.announce"]
    assert opened[0]["data"] == {"event": "sessions", "sessions": []}
    assert kernel.ask(f"sorted({HEAVY} & set(sys.modules))") == []


def test_a_session_is_announced_once_it_is_made(kernel):
    messages = kernel.run("import optwidgets; session = optwidgets.OptimizationSession()")
    told = [item["data"]["sessions"] for item in messages if item["type"] == "comm_msg"]
    assert [[one["location"] for one in sessions] for sessions in told] == [[None]]
    assert kernel.ask("session.id") == told[0][0]["id"]
    assert kernel.ask("'torch' in __import__('sys').modules") is False
