import pytest, sys, time
from collections.abc import Iterator
from distributed import Client, LocalCluster
from support.fitter_contract import FitterContract
from kerasgrid.workers.dask import DaskFitter
class TestDask(FitterContract):
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def cluster(cls):
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as c, Client(c) as client:
            cls.client = client
            yield
    @classmethod
    def make(cls):
        return DaskFitter(cls.client)
