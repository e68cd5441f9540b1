package io.kvorum.node.server.discovery;

import io.kvorum.node.server.config.Url;
import java.util.List;

/// A member that looks for the others.
///
/// @param id in hexadecimal
public record Candidate(String id, String name, List<Url> peerUrls) {
  public Candidate {
    peerUrls = List.copyOf(peerUrls);
  }

  /// How it registers: `name=peerURL`, for each of its URLs, joined by commas.
  public String value() {
    return String.join(",", peerUrls.stream().map(url -> name + "=" + url.text()).toList());
  }
}
