package io.kvorum.node.server.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.KnownLength;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.kvorum.node.proto.peer.ClusterDescription;
import io.kvorum.node.proto.peer.DescribeRequest;
import io.kvorum.node.proto.peer.PeerGrpc;
import io.kvorum.node.server.LocalCluster;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a stranger may make a member keep in memory by its peer port.
final class PeerLimitsTest {

  private static final int TOO_LARGE_BYTES = 90 << 20;

  @TempDir Path folder;

  @Test
  void messageLargerThanAnyMembers_isRefused() {
    try (var cluster = LocalCluster.started(folder, 1)) {
      URI url = URI.create(cluster.node(1).peerUrl());
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(url.getHost(), url.getPort()).usePlaintext().build();
      try {
        assertThat(describe(channel, 0).getMembersCount()).isEqualTo(1);
        assertThatThrownBy(() -> describe(channel, TOO_LARGE_BYTES))
            .isInstanceOf(StatusRuntimeException.class)
            .hasMessageContaining("RESOURCE_EXHAUSTED: gRPC message exceeds maximum size");
        assertThat(describe(channel, 0).getMembersCount()).isEqualTo(1);
      } finally {
        channel.shutdownNow();
      }
    }
  }

  /// Asks who the members are, with so many bytes of no meaning.
  private static ClusterDescription describe(ManagedChannel channel, int bytes) {
    MethodDescriptor<DescribeRequest, ClusterDescription> method =
        PeerGrpc.getDescribeMethod().toBuilder()
            .setRequestMarshaller(
                new MethodDescriptor.Marshaller<DescribeRequest>() {
                  @Override
                  public InputStream stream(DescribeRequest request) {
                    return new Zeros(bytes);
                  }

                  @Override
                  public DescribeRequest parse(InputStream stream) {
                    throw new UnsupportedOperationException();
                  }
                })
            .build();
    return ClientCalls.blockingUnaryCall(
        channel,
        method,
        CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS),
        DescribeRequest.getDefaultInstance());
  }

  private static final class Zeros extends InputStream implements KnownLength {
    private int left;

    Zeros(int bytes) {
      left = bytes;
    }

    @Override
    public int available() {
      return left;
    }

    @Override
    public int read() {
      return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] into, int from, int length) {
      if (left == 0) {
        return -1;
      }
      int some = Math.min(left, length);
      left -= some;
      return some;
    }
  }
}
