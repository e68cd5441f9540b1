package io.kvorum.suite.walkthroughs;

/// Who is `etcdctl` in a walkthrough. Both print the same.
enum Client {
  ETCDCTL,
  KVORUM;

  Client other() {
    return this == ETCDCTL ? KVORUM : ETCDCTL;
  }
}
