package io.kvorum.node.server.tcpgateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.server.config.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which endpoints lead back to a gateway.
final class ListenAddressTest {

  private static boolean isMet(String listen, InetAddress remote) throws UnknownHostException {
    return ListenAddress.of(Endpoint.parse(listen)).isMetBy(new InetSocketAddress(remote, 2379));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:2379, 127.0.0.1, true",
    "127.0.0.1:2379, 127.0.0.2, false",
    "127.0.0.1:2380, 127.0.0.1, false",
    "localhost:2379, 127.0.0.1, true",
    "127.0.0.1:2379, 0.0.0.0, true",
    "127.0.0.2:2379, 0.0.0.0, false",
    "0.0.0.0:2379, 127.0.0.1, true",
    "0.0.0.0:2379, 127.3.4.5, true",
    "0.0.0.0:2379, 0.0.0.0, true",
    "0.0.0.0:2379, ::1, true",
    "0.0.0.0:2379, 192.0.2.1, false",
    "[::]:2379, 127.0.0.1, true",
    "[::]:2379, ::1, true",
    ":2379, 127.0.0.1, true",
    ":2379, 192.0.2.1, false",
    ":2380, 127.0.0.1, false"
  })
  void oneThatLeadsBack_isKnown(String listen, String remote, boolean met)
      throws UnknownHostException {
    assertThat(isMet(listen, InetAddress.ofLiteral(remote))).isEqualTo(met);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0:2379", "[::]:2379", ":2379"})
  void everyAddressOfThisMachine_leadsToAWildcard(String listen)
      throws SocketException, UnknownHostException {
    for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
      for (InetAddress address : each.inetAddresses().toList()) {
        assertThat(isMet(listen, address)).as("%s", address).isTrue();
      }
    }
  }
}
