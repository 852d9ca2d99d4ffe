import pathlib
import subprocess
import sys


def test_example_of_the_readme_runs_as_it_stands():
    example = pathlib.Path(__file__).with_name("example.py")
    done = subprocess.run([sys.executable, example], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("ResultAvailable realface\n", 0), done.stderr
