//! What can be asked of xtask, for people.

pub(crate) const USAGE: &str = "usage: cargo xtask <command>

  ci      every check that CI runs, in the same order; stops at the first failure
  tidy    the rules of the house that a program can check; prints every violation
  package the Functions app, staged and zipped: [--release] [--target TRIPLE]
  dist    a release: programs for an old glibc, package, wheel, licences, bill of materials, checksums
  licences the licences of everything that the programs are linked from: FILE
  deploy-check the deployment, checked without Azure: [--image PATH_TO_QUANTX] [words of deploy/check/run.py]
  dev-host the staged app on this machine, without Azure and func:
          [--port N] [--vendor sample|synthetic:N:us|yahoo]
  crowd   callers by the hundred against the staged app, with faults and kills; what is left is proven
          [--minutes N] [--callers N] [--store disk|blob]
  fuzz    damaged input for whatever reads what comes from outside; fails when something is found
          [TARGET ...] [--seconds N]: all targets, 30 seconds each; TARGET --input FILE: one input once more
  year    a year of daily updates by the staged app, with faults, kills and people; what is left is proven
          [--days N] [--listings N] [--seed N]
  mutants whether a test fails when the code of the pure rooms is wrong, by cargo-mutants: [ROOM ...] [--shard K/N]
  func-start the staged app on `func`, the host of the Azure Functions Core Tools
  bench   whole runs against the replay vendor, as a Markdown table
          [--quick] [--reference PYTHON_SCRIPT]: the same job in Python, for comparison
          [--handler]: start, memory and size of the Functions app";
