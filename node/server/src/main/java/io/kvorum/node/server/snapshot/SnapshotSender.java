package io.kvorum.node.server.snapshot;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.proto.peer.CloseSnapshotReply;
import io.kvorum.node.proto.peer.CloseSnapshotRequest;
import io.kvorum.node.proto.peer.FileChunk;
import io.kvorum.node.proto.peer.OpenSnapshotRequest;
import io.kvorum.node.proto.peer.ReadFileRequest;
import io.kvorum.node.proto.peer.SnapshotFile;
import io.kvorum.node.proto.peer.SnapshotManifest;
import io.kvorum.node.server.api.Counters;
import io.kvorum.node.server.peer.SnapshotCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends this member's state to others: each fetch pins a checkpoint, which is made of hard links,
/// and reads its files one by one from any offset. Reads and writes of the state go on meanwhile.
public final class SnapshotSender implements SnapshotCalls {
  static final int FORMAT = 1;

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotSender.class);
  private static final String PREFIX = "sending-";

  /// More members at once would only slow each other down.
  private static final int MAX_SESSIONS = 4;

  /// A fetch that has not been heard for so long is over.
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final int CHUNK_BYTES = 256 << 10;

  /// Between chunks: bounds a fetch to 256 MB/s, so that it leaves room for clients.
  private static final long PAUSE_MILLIS = 1;

  /// A reader that takes nothing for so long has gone.
  private static final long STALL_MILLIS = 30_000;

  private final StateHome home;
  private final Path folder;
  private final Counters counters;
  private final Map<Long, Session> sessions = new ConcurrentHashMap<>();

  /// One member's fetch.
  private static final class Session {
    final MemberId reader;
    final Path checkpoint;
    volatile long lastHeardNanos = System.nanoTime();

    Session(MemberId reader, Path checkpoint) {
      this.reader = reader;
      this.checkpoint = checkpoint;
    }

    boolean isIdle() {
      return System.nanoTime() - lastHeardNanos > IDLE_NANOS;
    }
  }

  /// @param folder a folder on the state's file system, for checkpoints
  public SnapshotSender(StateHome home, Path folder, Counters counters) {
    this.home = home;
    this.folder = folder;
    this.counters = counters;
    try (Stream<Path> leftovers = Files.list(folder)) {
      leftovers
          .filter(path -> path.getFileName().toString().startsWith(PREFIX))
          .toList()
          .forEach(StateFolder::delete);
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot list " + folder, failure);
    }
  }

  /// Whether a member is fetching now.
  public boolean isReading(MemberId member) {
    for (Session session : sessions.values()) {
      if (session.reader.equals(member) && !session.isIdle()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void open(
      MemberId reader, OpenSnapshotRequest request, StreamObserver<SnapshotManifest> client) {
    work(client, () -> client.onNext(opened(reader, request.getAtLeast())));
  }

  private SnapshotManifest opened(MemberId reader, long atLeast) throws IOException {
    sessions.forEach((id, session) -> {
      if (session.isIdle() || session.reader.equals(reader)) {
        end(id);
      }
    });
    if (sessions.size() >= MAX_SESSIONS) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription("%d members fetch snapshots already".formatted(MAX_SESSIONS))
          .asRuntimeException();
    }
    if (home.current().kv().appliedIndex() < atLeast) {
      throw Status.UNAVAILABLE
          .withDescription("the state here does not reach entry " + atLeast)
          .asRuntimeException();
    }
    long id = ThreadLocalRandom.current().nextLong();
    Path checkpoint = folder.resolve(PREFIX + Long.toHexString(id));
    home.current().store().checkpoint(checkpoint);
    sessions.put(id, new Session(reader, checkpoint));
    counters.peer(reader.value()).snapshotsSent.increment();
    LOG.info("member {} fetches a snapshot", reader);
    var manifest = SnapshotManifest.newBuilder().setSnapshotId(id).setFormat(FORMAT);
    for (Path file : files(checkpoint)) {
      manifest.addFiles(
          SnapshotFile.newBuilder()
              .setName(file.getFileName().toString())
              .setSize(Files.size(file)));
    }
    return manifest.build();
  }

  private static List<Path> files(Path checkpoint) throws IOException {
    try (Stream<Path> files = Files.list(checkpoint)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Override
  public void read(MemberId reader, ReadFileRequest request, StreamObserver<FileChunk> client) {
    Session session = sessions.get(request.getSnapshotId());
    if (session == null || !session.reader.equals(reader)) {
      client.onError(
          Status.NOT_FOUND.withDescription("no such snapshot is pinned").asRuntimeException());
      return;
    }
    var call = (ServerCallStreamObserver<FileChunk>) client;
    var ready = new Semaphore(0);
    call.setOnReadyHandler(ready::release);
    call.setOnCancelHandler(ready::release);
    work(
        client,
        () -> {
          Path file = session.checkpoint.resolve(Path.of(request.getName()).getFileName());
          send(file, request.getOffset(), session, call, ready);
        });
  }

  private static void send(
      Path file,
      long from,
      Session session,
      ServerCallStreamObserver<FileChunk> call,
      Semaphore ready)
      throws IOException, InterruptedException {
    try (FileChannel channel = FileChannel.open(file)) {
      long offset = from;
      while (!call.isCancelled()) {
        while (!call.isReady() && !call.isCancelled()) {
          if (!ready.tryAcquire(STALL_MILLIS, TimeUnit.MILLISECONDS)) {
            throw Status.DEADLINE_EXCEEDED.withDescription("reader stalled").asRuntimeException();
          }
        }
        session.lastHeardNanos = System.nanoTime();
        ByteString data = chunk(channel, offset);
        if (data.isEmpty()) {
          return;
        }
        call.onNext(
            FileChunk.newBuilder().setOffset(offset).setData(data).setCrc(crc(data)).build());
        offset += data.size();
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }

  private static ByteString chunk(FileChannel channel, long offset) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES);
    while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
      // Reads until the chunk is full or the file ends.
    }
    return UnsafeByteOperations.unsafeWrap(buffer.flip());
  }

  static int crc(ByteString data) {
    var crc = new CRC32C();
    crc.update(data.asReadOnlyByteBuffer());
    return (int) crc.getValue();
  }

  @Override
  public void close(
      MemberId reader, CloseSnapshotRequest request, StreamObserver<CloseSnapshotReply> client) {
    work(
        client,
        () -> {
          end(request.getSnapshotId());
          client.onNext(CloseSnapshotReply.getDefaultInstance());
        });
  }

  private void end(long id) {
    Session session = sessions.remove(id);
    if (session != null) {
      StateFolder.delete(session.checkpoint);
    }
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  /// Answers a call on a thread that may block.
  private static void work(StreamObserver<?> client, Work work) {
    Thread.ofVirtual()
        .name("snapshot-sender")
        .start(() -> {
          try {
            work.run();
            client.onCompleted();
          } catch (IOException | RuntimeException failure) {
            LOG.warn("a snapshot could not be sent", failure);
            client.onError(Status.fromThrowable(failure).asRuntimeException());
          } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
          }
        });
  }
}
