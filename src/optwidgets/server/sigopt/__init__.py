"""SigOpt's experiments as sessions: plain translations, without web and without a database."""
