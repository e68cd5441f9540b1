package io.kvorum.node.server.config;

/// The headings under which `--help` and the documentation list the flags, in etcd's order.
public enum Group {
  MEMBER("Member"),
  CLUSTERING("Clustering"),
  SECURITY("Security"),
  AUTH("Auth"),
  MONITORING("Profiling and Monitoring"),
  LOGGING("Logging"),
  TRACING("Distributed tracing"),
  STORE("Store tuning"),
  V2_PROXY("v2 Proxy"),
  UNSAFE("Unsafe"),
  KVORUM("Kvorum");

  private final String title;

  Group(String title) {
    this.title = title;
  }

  public String title() {
    return title;
  }
}
