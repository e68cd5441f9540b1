package io.kvorum.node.server.discovery;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.node.server.config.Discovery;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.config.Url;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What a member says whose discovery comes to nothing. How it succeeds is shown by the end-to-end
/// suite.
final class FounderSearchTest {

  private static final Candidate SELF =
      new Candidate("1", "a", Url.parseList("http://10.0.0.1:2380"));

  @Test
  void aServiceThatIsNotThere_isGivenUp_whenThePatienceEnds() throws IOException {
    URI nobody;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/v2/keys/token");
    }
    var place = new Discovery.Http(nobody, Optional.empty());
    var discovery = new FounderSearch(new TokenKeys(place), nobody.toString(), Duration.ZERO);
    assertThatThrownBy(() -> discovery.find(SELF))
        .isInstanceOf(StartFailure.class)
        .hasMessageContaining("discovery: too many retries: asking for the size of the cluster")
        .hasMessageContaining(nobody.toString());
  }
}
