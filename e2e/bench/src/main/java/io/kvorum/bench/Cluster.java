package io.kvorum.bench;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.StatusRequest;
import io.kvorum.node.proto.etcd.StatusResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A fresh cluster on this machine. Its processes and its folder are gone when it is closed, and
/// also when this program ends in any other way that lets it.
final class Cluster implements AutoCloseable {

  private static final long START_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(120);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long CALL_TIMEOUT_SECONDS = 2;

  private final Path folder;
  private final List<Endpoint> endpoints = new ArrayList<>();
  private final List<ServerProcess> members = new ArrayList<>();
  private final Thread hook = new Thread(this::remove, "remove-cluster");
  private boolean removed;

  /// Starts the members and waits until they have a leader that takes writes.
  Cluster(Contender contender, int size, Path base, long quotaBytes) {
    try {
      folder = Files.createTempDirectory(Files.createDirectories(base), contender.name() + "-");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a folder below " + base, e);
    }
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      startMembers(contender, size, quotaBytes);
      awaitWrites();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void startMembers(Contender contender, int size, long quotaBytes) {
    List<String> peers =
        IntStream.range(0, size)
            .mapToObj(_ -> "http://127.0.0.1:" + ServerProcess.freePort())
            .toList();
    String initial =
        IntStream.range(0, size)
            .mapToObj(i -> "m" + i + "=" + peers.get(i))
            .collect(Collectors.joining(","));
    for (int i = 0; i < size; i++) {
      var endpoint = new Endpoint("127.0.0.1", ServerProcess.freePort());
      var command = new ArrayList<>(contender.command());
      command.addAll(
          List.of(
              "--name=m" + i,
              "--data-dir=" + folder.resolve("m" + i),
              "--listen-client-urls=http://" + endpoint,
              "--advertise-client-urls=http://" + endpoint,
              "--listen-peer-urls=" + peers.get(i),
              "--initial-advertise-peer-urls=" + peers.get(i),
              "--initial-cluster=" + initial,
              "--initial-cluster-state=new",
              "--initial-cluster-token=bench",
              "--quota-backend-bytes=" + quotaBytes));
      endpoints.add(endpoint);
      start(command, i);
    }
  }

  private synchronized void start(List<String> command, int number) {
    if (!removed) {
      members.add(new ServerProcess(command, folder, folder.resolve("m" + number + ".out")));
    }
  }

  private void awaitWrites() {
    long deadline = System.nanoTime() + START_TIMEOUT_NANOS;
    while (true) {
      members.forEach(ServerProcess::checkAlive);
      try {
        PutRequest request =
            PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("ready")).build();
        for (Endpoint endpoint : endpoints) {
          call(
              endpoint,
              channel ->
                  KVGrpc.newBlockingStub(channel)
                      .withDeadlineAfter(CALL_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                      .put(request));
        }
        return;
      } catch (StatusRuntimeException e) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("the cluster takes no writes: " + e.getMessage(), e);
        }
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  /// The member that leads now.
  Endpoint leader() {
    for (Endpoint endpoint : endpoints) {
      StatusResponse status =
          call(
              endpoint,
              channel ->
                  MaintenanceGrpc.newBlockingStub(channel)
                      .withDeadlineAfter(CALL_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                      .status(StatusRequest.getDefaultInstance()));
      if (status.getLeader() == status.getHeader().getMemberId()) {
        return endpoint;
      }
    }
    throw new IllegalStateException("no member leads");
  }

  @FunctionalInterface
  private interface Call<T> {
    T on(ManagedChannel channel);
  }

  private static <T> T call(Endpoint endpoint, Call<T> call) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port()).usePlaintext().build();
    try {
      return call.on(channel);
    } finally {
      channel.shutdownNow();
    }
  }

  double cpuSeconds() {
    return members.stream().mapToDouble(ServerProcess::cpuSeconds).sum();
  }

  double residentMegabytes() {
    return members.stream().mapToDouble(ServerProcess::residentMegabytes).sum();
  }

  @Override
  public void close() {
    remove();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The hook runs already: the program was interrupted.
    }
  }

  private synchronized void remove() {
    removed = true;
    members.forEach(ServerProcess::kill);
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      System.err.println("bench: cannot remove " + folder + ": " + e.getMessage());
    }
  }
}
