package io.kvorum.operator.plan;

import java.util.Locale;

/// How the members of a plane talk.
public enum Scheme {
  HTTP,
  HTTPS;

  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Scheme of(String url) {
    return url.startsWith("https:") ? HTTPS : HTTP;
  }
}
