package io.kvorum.node.server.snapshot;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.kvorum.node.core.kv.FeatureLevelException;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.Snapshot;
import io.kvorum.node.core.replica.SnapshotOffer;
import io.kvorum.node.proto.peer.CloseSnapshotRequest;
import io.kvorum.node.proto.peer.FileChunk;
import io.kvorum.node.proto.peer.OpenSnapshotRequest;
import io.kvorum.node.proto.peer.PeerGrpc;
import io.kvorum.node.proto.peer.ReadFileRequest;
import io.kvorum.node.proto.peer.SnapshotFile;
import io.kvorum.node.proto.peer.SnapshotManifest;
import io.kvorum.node.server.api.Counters;
import io.kvorum.node.server.peer.PeerNetwork;
import io.kvorum.node.server.peer.PeerNetwork.SnapshotLine;
import io.kvorum.node.server.stage.AgreementStage;
import io.kvorum.node.server.store.StoreFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fetches a leader's state file by file into a folder of its own, where it waits until consensus
/// wants it installed. A connection that breaks is made again and goes on where it was.
public final class SnapshotFetch {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotFetch.class);
  private static final String PREFIX = "fetched-";

  /// Attempts in a row that bring nothing; then the leader is told, and offers anew.
  private static final int MAX_FRUITLESS_ATTEMPTS = 5;

  private static final long RETRY_MILLIS = 300;
  private static final long OPEN_SECONDS = 60;

  private final StateHome home;
  private final Path folder;
  private final PeerNetwork network;
  private final AgreementStage agreement;
  private final Counters counters;
  private final Consumer<Throwable> onFailure;
  private final Map<Snapshot, Path> fetched = new ConcurrentHashMap<>();

  /// What was taken last: its installation may be under way.
  private @Nullable Path taken;

  private volatile @Nullable Thread worker;
  private volatile boolean closing;

  public SnapshotFetch(
      StateHome home,
      Path folder,
      PeerNetwork network,
      AgreementStage agreement,
      Counters counters,
      Consumer<Throwable> onFailure) {
    this.home = home;
    this.folder = folder;
    this.network = network;
    this.agreement = agreement;
    this.counters = counters;
    this.onFailure = onFailure;
    clear();
  }

  /// Deletes what earlier fetches left, except what is to be installed: the newest of what waits,
  /// for the older ones consensus has refused, and what was taken.
  private synchronized void clear() {
    fetched.keySet().stream()
        .max(Comparator.comparingLong(snapshot -> snapshot.position().index()))
        .ifPresent(newest -> fetched.keySet().retainAll(Set.of(newest)));
    Set<Path> wanted = new HashSet<>(fetched.values());
    if (taken != null) {
      wanted.add(taken);
    }
    try (var entries = Files.list(folder)) {
      entries
          .filter(path -> path.getFileName().toString().startsWith(PREFIX))
          .filter(path -> !wanted.contains(path))
          .toList()
          .forEach(StateFolder::delete);
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot list " + folder, failure);
    }
  }

  /// Begins a fetch; on the agreement loop, which is told how it ends.
  public void start(SnapshotOffer offer) {
    Optional<SnapshotLine> line = network.lineTo(offer.from());
    if (line.isEmpty()) {
      agreement.post(replica -> replica.snapshotFailed(offer));
      return;
    }
    worker = Thread.ofVirtual().name("snapshot-fetch").start(() -> fetchAll(offer, line.get()));
  }

  private void fetchAll(SnapshotOffer offer, SnapshotLine line) {
    try {
      Snapshot content = fetch(offer, line);
      counters.peer(offer.from().value()).snapshotsReceived.increment();
      LOG.info("fetched a snapshot at {} from member {}", content.position(), offer.from());
      agreement.post(replica -> replica.snapshotFetched(offer, content));
    } catch (IOException | RuntimeException failure) {
      counters.peer(offer.from().value()).snapshotsLost.increment();
      if (isOfNewerProgram(failure)) {
        onFailure.accept(failure);
      } else if (!closing) {
        LOG.warn("a snapshot could not be fetched from member {}", offer.from(), failure);
        agreement.post(replica -> replica.snapshotFailed(offer));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      line.channel().shutdownNow();
    }
  }

  /// Another attempt would end in the same way: this program is too old for its cluster.
  private static boolean isOfNewerProgram(Exception failure) {
    return failure instanceof FeatureLevelException
        || (failure instanceof StoreFailure store
            && store.kind() == StoreFailure.Kind.NEWER_FORMAT);
  }

  private Snapshot fetch(SnapshotOffer offer, SnapshotLine line)
      throws IOException, InterruptedException {
    clear();
    PeerGrpc.PeerBlockingStub leader = stub(line.channel(), line);
    LOG.info(
        "fetching a snapshot at {} or later from member {}",
        offer.snapshot().position(),
        offer.from());
    SnapshotManifest manifest =
        leader
            .withDeadlineAfter(OPEN_SECONDS, TimeUnit.SECONDS)
            .openSnapshot(
                OpenSnapshotRequest.newBuilder()
                    .setAtLeast(offer.snapshot().position().index())
                    .build());
    if (manifest.getFormat() != SnapshotSender.FORMAT) {
      throw new StoreFailure(
          StoreFailure.Kind.NEWER_FORMAT,
          "the leader's snapshot has format %d, this program knows %d; run the leader's version"
              .formatted(manifest.getFormat(), SnapshotSender.FORMAT),
          null);
    }
    Path target = folder.resolve(PREFIX + Long.toHexString(manifest.getSnapshotId()));
    Files.createDirectories(target);
    for (SnapshotFile file : manifest.getFilesList()) {
      fetchFile(leader, manifest.getSnapshotId(), file, target);
    }
    StateFolder.sync(target);
    closeSession(leader, manifest.getSnapshotId());
    return checked(offer, target);
  }

  private static PeerGrpc.PeerBlockingStub stub(ManagedChannel channel, SnapshotLine line) {
    return PeerGrpc.newBlockingStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(line.headers()));
  }

  private void fetchFile(
      PeerGrpc.PeerBlockingStub leader, long snapshotId, SnapshotFile file, Path target)
      throws IOException, InterruptedException {
    Path path = target.resolve(Path.of(file.getName()).getFileName());
    int fruitless = 0;
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      while (channel.size() < file.getSize()) {
        long before = channel.size();
        try {
          receive(leader, snapshotId, file, channel);
        } catch (StatusRuntimeException broken) {
          LOG.info("the fetch of {} broke: {}", file.getName(), broken.getStatus());
        }
        fruitless = channel.size() > before ? 0 : fruitless + 1;
        if (fruitless > MAX_FRUITLESS_ATTEMPTS || closing) {
          throw new IOException("the fetch of %s does not go on".formatted(file.getName()));
        }
        if (channel.size() < file.getSize()) {
          Thread.sleep(RETRY_MILLIS);
        }
      }
      channel.force(true);
    }
  }

  private static void receive(
      PeerGrpc.PeerBlockingStub leader, long snapshotId, SnapshotFile file, FileChannel channel)
      throws IOException {
    Iterator<FileChunk> chunks =
        leader.readFile(
            ReadFileRequest.newBuilder()
                .setSnapshotId(snapshotId)
                .setName(file.getName())
                .setOffset(channel.size())
                .build());
    while (chunks.hasNext()) {
      FileChunk chunk = chunks.next();
      if (chunk.getOffset() != channel.size()
          || SnapshotSender.crc(chunk.getData()) != chunk.getCrc()) {
        throw new IOException("a damaged part of %s arrived".formatted(file.getName()));
      }
      var data = chunk.getData().asReadOnlyByteBuffer();
      while (data.hasRemaining()) {
        int written = channel.write(data, channel.size());
        if (written < 0) {
          throw new IOException("no more could be written of " + file.getName());
        }
      }
    }
  }

  private static void closeSession(PeerGrpc.PeerBlockingStub leader, long snapshotId) {
    try {
      var _ =
          leader
              .withDeadlineAfter(OPEN_SECONDS, TimeUnit.SECONDS)
              .closeSnapshot(CloseSnapshotRequest.newBuilder().setSnapshotId(snapshotId).build());
    } catch (StatusRuntimeException unheard) {
      LOG.info("the leader ends the pinned snapshot by itself: {}", unheard.getStatus());
    }
  }

  private Snapshot checked(SnapshotOffer offer, Path target) throws IOException {
    StateHome.Content content = home.inspect(target);
    long wanted = offer.snapshot().position().index();
    if (content.appliedIndex() < wanted) {
      throw new IOException(
          "the snapshot holds entries up to %d, not up to %d"
              .formatted(content.appliedIndex(), wanted));
    }
    var snapshot =
        new Snapshot(
            new LogPosition(content.appliedTerm(), content.appliedIndex()),
            content.cluster().membership());
    fetched.put(snapshot, target);
    return snapshot;
  }

  /// The folder of a fetched snapshot, for its installation.
  public synchronized Path takeFetched(Snapshot snapshot) {
    Path path = fetched.remove(snapshot);
    if (path == null) {
      throw new IllegalStateException("no snapshot at %s was fetched".formatted(snapshot));
    }
    taken = path;
    return path;
  }

  /// Ends a fetch under way.
  public void close() {
    closing = true;
    Thread running = worker;
    if (running != null) {
      running.interrupt();
    }
  }
}
