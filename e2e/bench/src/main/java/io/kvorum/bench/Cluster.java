package io.kvorum.bench;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.MemberAddRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.StatusRequest;
import io.kvorum.node.proto.etcd.StatusResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A fresh cluster on this machine. Its processes and its folder are gone when it is closed, and
/// also when this program ends in any other way that lets it.
final class Cluster implements AutoCloseable {

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long CATCH_UP_NANOS = TimeUnit.MINUTES.toNanos(5);
  private static final long SNAPSHOT_SECONDS = 300;

  /// Some ten seconds of polls, for what a cluster needs after its start.
  private static final int ELECTION_POLLS = 500;

  private final Contender contender;
  private final long quotaBytes;
  private final Path folder;
  private final Optional<BlockDevice> device;
  private final List<String> peers = new ArrayList<>();
  private final List<ServerProcess> members = new ArrayList<>();
  private final Thread hook = new Thread(this::remove, "remove-cluster");
  private final double secondsToFirstWrite;
  private boolean removed;

  /// Starts the members and waits until each of them takes writes.
  Cluster(Contender contender, int size, Path base, long quotaBytes) {
    this.contender = contender;
    this.quotaBytes = quotaBytes;
    try {
      folder = Files.createTempDirectory(Files.createDirectories(base), contender.name() + "-");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a folder below " + base, e);
    }
    device = BlockDevice.of(folder);
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      IntStream.range(0, size).forEach(_ -> peers.add(newPeer()));
      long begun = System.nanoTime();
      IntStream.range(0, size).forEach(i -> launch(i, "new"));
      members.forEach(member -> FirstAnswer.await(member, Cluster::put));
      secondsToFirstWrite = (System.nanoTime() - begun) / 1e9;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static String newPeer() {
    return "http://127.0.0.1:" + ServerProcess.freePort();
  }

  private void launch(int number, String state) {
    var endpoint = new Endpoint("127.0.0.1", ServerProcess.freePort());
    String cluster =
        IntStream.range(0, peers.size())
            .mapToObj(i -> "m" + i + "=" + peers.get(i))
            .collect(Collectors.joining(","));
    var command = new ArrayList<>(contender.command());
    command.addAll(
        List.of(
            "--name=m" + number,
            "--data-dir=" + folder.resolve("m" + number),
            "--listen-client-urls=http://" + endpoint,
            "--advertise-client-urls=http://" + endpoint,
            "--listen-peer-urls=" + peers.get(number),
            "--initial-advertise-peer-urls=" + peers.get(number),
            "--initial-cluster=" + cluster,
            "--initial-cluster-state=" + state,
            "--initial-cluster-token=bench",
            "--quota-backend-bytes=" + quotaBytes));
    synchronized (this) {
      if (!removed) {
        members.add(
            new ServerProcess(command, endpoint, folder, folder.resolve("m" + number + ".out")));
      }
    }
  }

  private static Object put(Channel channel) {
    return KVGrpc.newBlockingStub(channel)
        .withDeadlineAfter(2, TimeUnit.SECONDS)
        .put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("ready")).build());
  }

  private static Object linearizableRead(Channel channel) {
    return KVGrpc.newBlockingStub(channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("ready")).build());
  }

  /// From the start of the processes until every member had taken a put.
  double secondsToFirstWrite() {
    return secondsToFirstWrite;
  }

  ServerProcess member(int number) {
    return members.get(number);
  }

  /// Starts a member that has ended.
  ///
  /// @return the seconds until it has answered a linearizable read
  double restart(int number) {
    long begun = System.nanoTime();
    ServerProcess member = members.get(number);
    synchronized (this) {
      if (!removed) {
        member.start();
      }
    }
    var _ = FirstAnswer.await(member, Cluster::linearizableRead);
    return (System.nanoTime() - begun) / 1e9;
  }

  /// Lets `etcdctl` save a snapshot of the first member.
  ///
  /// @return the seconds that it took
  double saveSnapshot() {
    Path file = folder.resolve("snapshot.db");
    var builder =
        new ProcessBuilder(
                "etcdctl",
                "--endpoints=" + members.getFirst().endpoint(),
                "snapshot",
                "save",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("snapshot.out").toFile());
    builder.environment().put("ETCDCTL_API", "3");
    long begun = System.nanoTime();
    try {
      Process process = builder.start();
      if (!process.waitFor(SNAPSHOT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IllegalStateException(
            "etcdctl snapshot save failed: " + Files.readString(folder.resolve("snapshot.out")));
      }
      double seconds = (System.nanoTime() - begun) / 1e9;
      Files.delete(file);
      return seconds;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run etcdctl", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while saving a snapshot", e);
    }
  }

  /// Adds a member and starts it.
  ///
  /// @return the seconds until it has applied all that the leader had when it was added
  double addMember() {
    Endpoint leader = leader();
    int number = members.size();
    String peer = newPeer();
    long wanted = status(leader).getRaftAppliedIndex();
    long begun = askToAdd(leader, peer);
    peers.add(peer);
    launch(number, "existing");
    ServerProcess added = members.get(number);
    while (FirstAnswer.await(added, Cluster::status).getRaftAppliedIndex() < wanted) {
      if (System.nanoTime() - begun > CATCH_UP_NANOS) {
        throw new IllegalStateException("the added member does not catch up");
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    if (count(added.endpoint()) != count(leader)) {
      throw new IllegalStateException("the added member has other keys than the leader");
    }
    return seconds;
  }

  /// A cluster whose members have not been connected for some seconds refuses to change: it is
  /// asked again.
  ///
  /// @return when it was asked with success
  private static long askToAdd(Endpoint leader, String peer) {
    for (int attempt = 1; ; attempt++) {
      long asked = System.nanoTime();
      try {
        var _ =
            FirstAnswer.once(
                leader,
                channel ->
                    ClusterGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(20, TimeUnit.SECONDS)
                        .memberAdd(MemberAddRequest.newBuilder().addPeerURLs(peer).build()));
        return asked;
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() != Status.Code.UNAVAILABLE || attempt == ELECTION_POLLS) {
          throw new IllegalStateException("no member is added: " + e.getStatus(), e);
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  private static long count(Endpoint endpoint) {
    return FirstAnswer.once(
        endpoint,
        channel ->
            KVGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .range(
                    RangeRequest.newBuilder()
                        .setKey(ByteString.copyFrom(new byte[1]))
                        .setRangeEnd(ByteString.copyFrom(new byte[1]))
                        .setCountOnly(true)
                        .setSerializable(true)
                        .build())
                .getCount());
  }

  private static StatusResponse status(Endpoint endpoint) {
    return FirstAnswer.once(endpoint, Cluster::status);
  }

  private static StatusResponse status(Channel channel) {
    return MaintenanceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(2, TimeUnit.SECONDS)
        .status(StatusRequest.getDefaultInstance());
  }

  /// The member that leads now.
  Endpoint leader() {
    return members.get(indexOfLeader()).endpoint();
  }

  int indexOfLeader() {
    for (int poll = 0; poll < ELECTION_POLLS; poll++) {
      for (int i = 0; i < members.size(); i++) {
        try {
          StatusResponse status = status(members.get(i).endpoint());
          if (status.getLeader() == status.getHeader().getMemberId()) {
            return i;
          }
        } catch (StatusRuntimeException _) {
          // It may be busy; another may lead, and there are more polls.
        }
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    throw new IllegalStateException("no member leads");
  }

  /// A connection to each member; the caller closes them.
  List<ManagedChannel> openChannels() {
    return members.stream().map(ServerProcess::endpoint).map(FirstAnswer::open).toList();
  }

  double cpuSeconds() {
    return members.stream().mapToDouble(ServerProcess::cpuSeconds).sum();
  }

  double residentMegabytes() {
    return members.stream().mapToDouble(ServerProcess::residentMegabytes).sum();
  }

  /// What the disk that the members are on was given to write so far, by whomever; empty if none is
  /// known.
  OptionalDouble writtenBytes() {
    return device
        .map(disk -> OptionalDouble.of((double) disk.writtenBytes()))
        .orElse(OptionalDouble.empty());
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
