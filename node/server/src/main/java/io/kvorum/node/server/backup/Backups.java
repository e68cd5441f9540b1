package io.kvorum.node.server.backup;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.kvorum.node.core.bolt.BoltImage;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.proto.etcd.SnapshotResponse;
import io.kvorum.node.server.api.Timings;
import io.kvorum.node.server.snapshot.StateHome;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends backups to clients: the state of one moment as the file that etcd would send, with its
/// SHA-256 behind it.
///
/// The file is never on this member's disk: it is laid out and written from one view, which pins
/// that moment in the store while writes go on. Each stream has a thread of its own that waits for
/// its reader, and holds a page and the changes in hand: some megabytes.
public final class Backups {
  private static final Logger LOG = LoggerFactory.getLogger(Backups.class);

  /// Each occupies a core, and keeps what is overwritten meanwhile from being dropped.
  private static final int MAX_STREAMS = 4;

  /// A message is sent once it has so much: some thousand of them take a second of a JVM that has
  /// not sent such ones before, and hundreds do not.
  private static final int MESSAGE_BYTES = 256 << 10;

  /// No message is longer: clients take four mebibytes.
  private static final int MAX_MESSAGE_BYTES = 1 << 20;

  /// Messages wait for the connection up to so much, so that the thread that makes them and the
  /// event loop need not wake each other for each.
  private static final int QUEUED_BYTES = 256 << 10;

  /// A reader that takes nothing for so long has gone.
  private static final long STALL_MILLIS = 300_000;

  private final String apiVersion;
  private final Timings timings;
  private final Semaphore free = new Semaphore(MAX_STREAMS);

  /// @param timings of backups that were sent to their end
  public Backups(String apiVersion, Timings timings) {
    this.apiVersion = apiVersion;
    this.timings = timings;
  }

  /// Streams the state of a view, which is closed when the stream ends, however it does.
  public void send(View view, ServerCallStreamObserver<SnapshotResponse> call) {
    if (!free.tryAcquire()) {
      view.close();
      call.onError(
          Status.RESOURCE_EXHAUSTED
              .withDescription("%d backups are being sent already".formatted(MAX_STREAMS))
              .asRuntimeException());
      return;
    }
    call.setOnReadyThreshold(QUEUED_BYTES);
    var wakeUp = new Semaphore(0);
    call.setOnReadyHandler(wakeUp::release);
    call.setOnCancelHandler(wakeUp::release);
    Thread.ofPlatform().name("backup").daemon().start(() -> run(view, call, wakeUp));
  }

  private void run(View view, ServerCallStreamObserver<SnapshotResponse> call, Semaphore wakeUp) {
    try (view) {
      long began = System.nanoTime();
      var buckets = new EtcdBuckets(view, StateHome.cluster(view), apiVersion).all();
      BoltImage image = BoltImage.layOut(buckets);
      LOG.info("sends a backup of {} bytes at revision {}", image.sizeBytes(), view.revision());
      var stream = new Stream(call, wakeUp, image.sizeBytes());
      image.writeTo(stream::accept);
      stream.end();
      long took = System.nanoTime() - began;
      timings.took(took);
      LOG.info("sent it in {} ms", TimeUnit.NANOSECONDS.toMillis(took));
    } catch (ReaderGoneException gone) {
      LOG.info("a backup was not taken to its end: {}", gone.getMessage());
      if (!call.isCancelled()) {
        call.onError(
            Status.DEADLINE_EXCEEDED.withDescription(gone.getMessage()).asRuntimeException());
      }
    } catch (RuntimeException failure) {
      LOG.warn("a backup could not be sent", failure);
      call.onError(Status.INTERNAL.withDescription("the backup failed").asRuntimeException());
    } finally {
      free.release();
    }
  }

  /// Nobody wants the rest.
  private static final class ReaderGoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ReaderGoneException(String message) {
      super(message, null, false, false);
    }
  }

  /// Cuts the file into messages, at the pace of the reader.
  private final class Stream {
    private final ServerCallStreamObserver<SnapshotResponse> call;
    private final Semaphore wakeUp;
    private final MessageDigest hash = sha256();
    private long remaining;
    private ByteString waiting = ByteString.EMPTY;

    Stream(ServerCallStreamObserver<SnapshotResponse> call, Semaphore wakeUp, long sizeBytes) {
      this.call = call;
      this.wakeUp = wakeUp;
      remaining = sizeBytes;
    }

    /// What is still to be sent is not copied: the arrays are this one's now.
    void accept(byte[] bytes, int length) {
      hash.update(bytes, 0, length);
      for (int from = 0; from < length; from += MAX_MESSAGE_BYTES / 2) {
        int piece = Math.min(MAX_MESSAGE_BYTES / 2, length - from);
        waiting = waiting.concat(UnsafeByteOperations.unsafeWrap(bytes, from, piece));
        if (waiting.size() >= MESSAGE_BYTES) {
          sendWaiting();
        }
      }
    }

    void end() {
      sendWaiting();
      send(UnsafeByteOperations.unsafeWrap(hash.digest()));
      call.onCompleted();
    }

    private void sendWaiting() {
      remaining -= waiting.size();
      send(waiting);
      waiting = ByteString.EMPTY;
    }

    private void send(ByteString blob) {
      awaitReader();
      call.onNext(
          SnapshotResponse.newBuilder()
              .setRemainingBytes(remaining)
              .setBlob(blob)
              .setVersion(apiVersion)
              .build());
    }

    private void awaitReader() {
      while (!call.isReady()) {
        if (call.isCancelled()) {
          throw new ReaderGoneException("cancelled by its reader");
        }
        try {
          if (!wakeUp.tryAcquire(STALL_MILLIS, TimeUnit.MILLISECONDS)) {
            throw new ReaderGoneException("the reader has taken nothing for too long");
          }
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
          throw new ReaderGoneException("interrupted");
        }
      }
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
