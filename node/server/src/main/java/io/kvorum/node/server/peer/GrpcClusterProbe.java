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
import java.net.ConnectException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Asks over the peer port.
public final class GrpcClusterProbe implements ClusterProbe {
  /// One URL gets so long; the next is asked then.
  private static final long ATTEMPT_MILLIS = 2_000;

  private static final long CLOSE_MILLIS = 1_000;

  @Override
  public Answer ask(List<URI> peerUrls, Optional<PeerTls> tls, long deadlineMillis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(deadlineMillis);
    var attempts = new ArrayList<String>();
    var loops =
        new MultiThreadIoEventLoopGroup(
            1, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    try {
      var channels = new PeerChannels(loops, Runnable::run, tls);
      boolean nobodyListens = true;
      for (URI url : peerUrls) {
        switch (askOne(channels, url, deadline)) {
          case Attempt.Answered(ClusterView view) -> {
            return new Answer.Known(url, view);
          }
          case Attempt.Failed(String why, boolean refused) -> {
            attempts.add(url + ": " + why);
            nobodyListens &= refused;
          }
        }
      }
      return new Answer.Silent(attempts, nobodyListens);
    } finally {
      var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  /// What one URL came to.
  private sealed interface Attempt {
    record Answered(ClusterView view) implements Attempt {}

    record Failed(String why, boolean refused) implements Attempt {}
  }

  private static Attempt askOne(PeerChannels channels, URI url, long deadline) {
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (left <= 0) {
      return new Attempt.Failed("no time was left to ask", false);
    }
    ManagedChannel channel = channels.open(url);
    try {
      var description =
          PeerGrpc.newBlockingStub(channel)
              .withDeadlineAfter(Math.min(left, ATTEMPT_MILLIS), TimeUnit.MILLISECONDS)
              .describe(DescribeRequest.getDefaultInstance());
      return new Attempt.Answered(ClusterDescriptions.view(description));
    } catch (StatusRuntimeException failed) {
      return new Attempt.Failed(failed.getStatus().toString(), refused(failed));
    } finally {
      close(channel);
    }
  }

  /// Waits for the end of the channel: its loops close next, and it would complain to find them
  /// gone.
  private static void close(ManagedChannel channel) {
    try {
      channel.shutdownNow().awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Whether the machine answered that nobody listens, which a lost packet never looks like.
  private static boolean refused(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException
          && String.valueOf(cause.getMessage()).contains("refused")) {
        return true;
      }
    }
    return false;
  }
}
