package io.kvorum.node.server.api;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Peer URLs as a client gives them.
final class PeerUrls {
  private static final Set<String> SCHEMES = Set.of("http", "https", "unix", "unixs");

  private PeerUrls() {}

  /// The URLs, trimmed and sorted; empty if there is none or one is no `scheme://host:port`.
  static Optional<List<String>> parse(List<String> texts) {
    List<String> trimmed = texts.stream().map(String::strip).sorted().toList();
    boolean valid = !trimmed.isEmpty() && trimmed.stream().allMatch(PeerUrls::isValid);
    return valid ? Optional.of(trimmed) : Optional.empty();
  }

  private static boolean isValid(String text) {
    try {
      var url = new URI(text);
      boolean local = "unix".equals(url.getScheme()) || "unixs".equals(url.getScheme());
      String path = url.getPath();
      return url.getScheme() != null
          && SCHEMES.contains(url.getScheme())
          && (local
              || (url.getHost() != null && url.getPort() > 0 && (path == null || path.isEmpty())));
    } catch (URISyntaxException notAnUrl) {
      return false;
    }
  }
}
