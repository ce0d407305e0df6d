"""What tests share: data, plans, trials and fakes, and the contracts that implementations of a socket inherit."""
