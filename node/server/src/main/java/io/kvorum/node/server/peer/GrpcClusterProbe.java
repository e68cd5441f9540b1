package io.kvorum.node.server.peer;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.peer.DescribeRequest;
import io.kvorum.node.proto.peer.PeerGrpc;
import io.kvorum.node.server.PeerTls;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Asks over the peer port.
public final class GrpcClusterProbe implements ClusterProbe {
  /// One member gets so long; the next is asked then.
  private static final long ATTEMPT_MILLIS = 2_000;

  private static final long PAUSE_MILLIS = 200;

  @Override
  public Answer ask(List<URI> peerUrls, Optional<PeerTls> tls, long deadlineMillis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(deadlineMillis);
    var attempts = new ArrayList<String>();
    var loops =
        new MultiThreadIoEventLoopGroup(
            1, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    try {
      var channels = new PeerChannels(loops, Runnable::run, tls);
      while (true) {
        attempts.clear();
        for (URI url : peerUrls) {
          Optional<ClusterView> view = askOne(channels, url, deadline, attempts);
          if (view.isPresent()) {
            return new Answer.Known(url, view.get());
          }
        }
        if (System.nanoTime() - deadline >= 0 || !slept()) {
          return new Answer.Silent(attempts);
        }
      }
    } finally {
      var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  private static boolean slept() {
    try {
      Thread.sleep(PAUSE_MILLIS);
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static Optional<ClusterView> askOne(
      PeerChannels channels, URI url, long deadline, List<String> attempts) {
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (left <= 0) {
      return Optional.empty();
    }
    ManagedChannel channel = channels.open(url);
    try {
      var description =
          PeerGrpc.newBlockingStub(channel)
              .withDeadlineAfter(Math.min(left, ATTEMPT_MILLIS), TimeUnit.MILLISECONDS)
              .describe(DescribeRequest.getDefaultInstance());
      return Optional.of(ClusterDescriptions.view(description));
    } catch (StatusRuntimeException failed) {
      attempts.add(url + ": " + failed.getStatus());
      return Optional.empty();
    } finally {
      channel.shutdownNow();
    }
  }
}
