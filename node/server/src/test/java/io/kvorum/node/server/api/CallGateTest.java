package io.kvorum.node.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// What clients say of themselves. gRPC's own libraries don't send what is refused here.
final class CallGateTest {

  private static Metadata version(byte[] bytes) {
    return InternalMetadata.newMetadata(
        "client-api-version".getBytes(StandardCharsets.US_ASCII), bytes);
  }

  @Test
  void version_isText() {
    assertThat(CallGate.saysItsVersionInText(new Metadata())).isTrue();
    assertThat(CallGate.saysItsVersionInText(version("3.6-ü".getBytes(StandardCharsets.UTF_8))))
        .isTrue();
    assertThat(CallGate.saysItsVersionInText(version(new byte[] {'3', (byte) 0xff}))).isFalse();
  }
}
