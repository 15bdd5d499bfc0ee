"""What several kinds of tests share: servers, notebooks and a driven browser."""
