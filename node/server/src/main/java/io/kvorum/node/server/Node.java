package io.kvorum.node.server;

import io.kvorum.node.server.MemberEvents.StopReason;
import io.kvorum.node.server.bootstrap.Bootstrap;
import io.kvorum.node.server.bootstrap.DataDirectory;
import io.kvorum.node.server.config.Discovery;
import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.Notice;
import io.kvorum.node.server.config.ProxySettings;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.config.Version;
import io.kvorum.node.server.discovery.FounderSearch;
import io.kvorum.node.server.discovery.FullClusterException;
import io.kvorum.node.server.front.EventLoops;
import io.kvorum.node.server.front.Front;
import io.kvorum.node.server.logging.Logs;
import io.kvorum.node.server.metrics.MemberMetrics;
import io.kvorum.node.server.peer.ClusterProbe;
import io.kvorum.node.server.proxy.ClusterFile;
import io.kvorum.node.server.proxy.V2Proxy;
import io.kvorum.node.server.tls.TlsPlanes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// One run of a member, from its configuration to its exit code.
final class Node {

  private static final Logger log = LoggerFactory.getLogger("node");

  private final NodeConfig config;
  private final Member.Start start;
  private final ClusterProbe probe;
  private final CompletableFuture<End> end = new CompletableFuture<>();

  /// Why a run ends.
  private sealed interface End {
    record Asked(int signal) implements End {}

    record Stopped(StopReason reason) implements End {}
  }

  Node(NodeConfig config, Member.Start start, ClusterProbe probe) {
    this.config = config;
    this.start = start;
    this.probe = probe;
  }

  /// Asks the run to end gracefully; false when it has been asked before.
  boolean stop(int signal) {
    return end.complete(new End.Asked(signal));
  }

  /// Ends the run because of a failure that nobody handled.
  void fail(Throwable failure) {
    if (!end.complete(new End.Stopped(new StopReason.Defect(failure)))) {
      log.error("a failure nobody handled", failure);
    }
  }

  /// Runs until it is stopped or stops itself.
  ExitCode run(List<Notice> notices) {
    announce(notices);
    try {
      ClusterFile known = ClusterFile.in(config.dataDirectory());
      if (known.exists()) {
        return forward(known.read());
      }
      return config.proxy().mode() == ProxySettings.Mode.OFF ? takePart() : forward(founders());
    } catch (StartFailure e) {
      return lastWords(e.exitCode(), e.getMessage(), null);
    } catch (IOException e) {
      return lastWords(ExitCode.DISK_FAILED, "the disk failed", e);
    } catch (RuntimeException | Error e) {
      return lastWords(ExitCode.INTERNAL, "a defect of the program", e);
    }
  }

  /// Runs a member, or a proxy when there are members enough.
  private ExitCode takePart() throws IOException {
    String founders;
    try (Member.Preparation _ = start.prepare();
        DataDirectory directory =
            DataDirectory.open(config.dataDirectory(), config.logDirectory())) {
      return run(directory);
    } catch (FullClusterException full) {
      if (!config.proxy().fallback()
          || !(config.cluster().discovery().orElse(null) instanceof Discovery.Http)) {
        throw StartFailure.configuration(String.valueOf(full.getMessage()));
      }
      founders = full.founders();
    }
    log.info("discovery: cluster is full; this process becomes a proxy of its members");
    return forward(peerUrls(founders));
  }

  /// Who the members are that an explicit proxy serves.
  private List<URI> founders() {
    if (config.cluster().discovery().orElse(null) instanceof Discovery.Http place) {
      try (FounderSearch search = FounderSearch.at(place)) {
        return peerUrls(search.observe());
      }
    }
    return peerUrls(config.cluster().initialMembers());
  }

  private static List<URI> peerUrls(String founders) {
    return Stream.of(founders.split(",", -1))
        .map(pair -> URI.create(pair.substring(pair.indexOf('=') + 1).strip()))
        .toList();
  }

  /// Runs a proxy until it is stopped.
  private ExitCode forward(List<URI> peerUrls) {
    if (Files.exists(config.dataDirectory().resolve("member").resolve("IDENTITY"))) {
      throw StartFailure.configuration(
          "invalid datadir; both member and proxy directories exist in " + config.dataDirectory());
    }
    TlsPlanes tls = TlsPlanes.load(config);
    try (V2Proxy _ =
        V2Proxy.start(config, peerUrls, tls.clients(), (urls, millis) -> ask(urls, tls, millis))) {
      return switch (end.join()) {
        case End.Asked(int signal) -> {
          log.atInfo().addKeyValue("signal", signal).log("stopped");
          yield ExitCode.GRACEFUL;
        }
        case End.Stopped(StopReason reason) -> exitCode(reason);
      };
    }
  }

  private void announce(List<Notice> notices) {
    for (Notice notice : notices) {
      (notice.warning() ? log.atWarn() : log.atInfo()).log(notice.text());
    }
    log.atInfo()
        .addKeyValue("version", Version.product())
        .addKeyValue("etcd-version", Version.ETCD_API)
        .addKeyValue("java", Runtime.version().toString())
        .addKeyValue("name", config.name())
        .addKeyValue("data-dir", config.dataDirectory())
        .addKeyValue("listen-peer-urls", config.listen().peerUrls())
        .addKeyValue("listen-client-urls", config.listen().clientUrls())
        .log("starting");
  }

  private ExitCode run(DataDirectory directory) throws IOException {
    TlsPlanes tls = TlsPlanes.load(config);
    var metrics = new MemberMetrics(config.extensiveMetrics());
    try (EventLoops loops = EventLoops.start("client-io")) {
      var front = new Front(config, loops, metrics, tls.clients());
      front.requirePortsFree();
      MemberConfig memberConfig =
          MemberConfigs.of(config, decide(directory, tls), directory.folders(), tls);
      Member member =
          start.start(
              memberConfig, new RecordingFront(front, directory), new Events(directory, metrics));
      front.openMetrics(member.status());
      ExitCode code = await(member);
      front.close(0);
      return code;
    }
  }

  /// Who this member is; recorded in the directory.
  private Bootstrap.Decision decide(DataDirectory directory, TlsPlanes tls) throws IOException {
    Bootstrap.Decision decision =
        new Bootstrap(config, directory, (urls, millis) -> ask(urls, tls, millis)).decide();
    log.atInfo()
        .addKeyValue("cluster-id", Long.toHexString(decision.identity().clusterId()))
        .addKeyValue("member-id", Long.toHexString(decision.identity().memberId()))
        .addKeyValue("founding", decision.founding().getClass().getSimpleName())
        .log("identity decided");
    if (decision.founding() instanceof MemberConfig.Founding.Resume
        && config.cluster().discovery().isPresent()) {
      log.warn("discovery is ignored: the data directory belongs to a cluster already");
    }
    return decision;
  }

  private ClusterProbe.Answer ask(List<URI> urls, TlsPlanes tls, long millis) {
    return probe.ask(urls, tls.peers(), millis);
  }

  private ExitCode await(Member member) {
    return switch (end.join()) {
      case End.Asked(int signal) -> {
        log.atInfo().addKeyValue("signal", signal).log("stopping");
        member.close(true);
        log.info("stopped");
        yield ExitCode.GRACEFUL;
      }
      case End.Stopped(StopReason reason) -> {
        ExitCode code = exitCode(reason);
        member.close(false);
        yield code;
      }
    };
  }

  private static ExitCode exitCode(StopReason reason) {
    return switch (reason) {
      case StopReason.Removed() ->
          lastWords(ExitCode.REMOVED, "this member was removed from its cluster", null);
      case StopReason.DiskFailed(Throwable cause) ->
          lastWords(ExitCode.DISK_FAILED, "the disk failed: " + cause.getMessage(), cause);
      case StopReason.Damaged(Throwable cause) ->
          lastWords(
              StopReasons.isOfTheLog(cause) ? ExitCode.DAMAGED_LOG : ExitCode.DAMAGED_STATE,
              "log or state are damaged: " + cause.getMessage(),
              cause);
      case StopReason.Newer(Throwable cause) ->
          lastWords(ExitCode.NEWER_DATA, "a newer version is needed: " + cause.getMessage(), null);
      case StopReason.Defect(StartFailure known) ->
          lastWords(known.exitCode(), known.getMessage(), null);
      case StopReason.Defect(Throwable cause) ->
          lastWords(ExitCode.INTERNAL, "a defect of the program", cause);
    };
  }

  /// The one line that says why the run ends and what to do about it.
  private static ExitCode lastWords(
      ExitCode code, @Nullable String why, @Nullable Throwable cause) {
    Logs.silenceLibraries();
    LoggingEventBuilder line = log.atError().addKeyValue("exit-code", code.code());
    if (!code.remedy().isEmpty()) {
      line = line.addKeyValue("what-to-do", code.remedy());
    }
    if (cause != null) {
      line = line.setCause(cause);
    }
    line.log(why);
    return code;
  }

  /// What the member tells: durations for the metrics, and its end.
  private final class Events implements MemberEvents {
    private final DataDirectory directory;
    private final MemberMetrics metrics;

    Events(DataDirectory directory, MemberMetrics metrics) {
      this.directory = directory;
      this.metrics = metrics;
    }

    @Override
    public void opened() {
      directory.recordOpened();
    }

    @Override
    public void logSynced(int entries, long bytes, long nanos) {
      metrics.logSynced(bytes, nanos);
    }

    @Override
    public void batchApplied(int entries, long nanos) {
      boolean slow = nanos > config.slowApply().toNanos();
      metrics.batchApplied(nanos, slow);
      if (slow) {
        log.atWarn()
            .addKeyValue("entries", entries)
            .addKeyValue("took-ms", nanos / 1_000_000)
            .log("applying a batch took long");
      }
    }

    @Override
    public void stopping(StopReason reason) {
      if (reason instanceof StopReason.Removed) {
        directory.recordRemoved();
      }
      var _ = end.complete(new End.Stopped(reason));
    }
  }
}
