package io.kvorum.bench;

import java.util.Locale;

/// What a case measures.
enum Figure {
  RATE("req/s", "%,.0f"),
  P50("p50 ms", "%.2f"),
  P99("p99 ms", "%.2f"),
  P999("p99.9 ms", "%.2f"),

  /// Seconds of CPU of all server processes per 1,000 requests.
  CPU("server cpu s/1k", "%.4f"),

  /// Of the disk that the servers' data is on: whoever else writes to it, is counted, too.
  WRITTEN("disk bytes/req", "%,.0f"),

  /// Memory of all server processes together, at the end.
  RESIDENT("rss MB", "%,.0f"),

  SECONDS("seconds", "%.2f"),

  /// The worst of few samples, where a percentile would promise too much.
  LONGEST("longest s", "%.2f"),

  /// Seconds of CPU of this program per 1,000 requests.
  LOAD_CPU("load cpu s/1k", "%.4f"),

  /// Requests that failed; a case with any is not to be trusted.
  FAILED("failed", "%,.0f");

  private final String text;
  private final String format;

  Figure(String text, String format) {
    this.text = text;
    this.format = format;
  }

  String text() {
    return text;
  }

  String format(double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
