package io.kvorum.node.server.bootstrap;

import static io.kvorum.node.server.config.StartFailure.configuration;

import io.kvorum.node.server.MemberConfig;
import io.kvorum.node.server.MemberConfig.Founding;
import io.kvorum.node.server.MemberConfig.NamedMember;
import io.kvorum.node.server.config.Discovery;
import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.config.Url;
import io.kvorum.node.server.discovery.Candidate;
import io.kvorum.node.server.discovery.FounderSearch;
import io.kvorum.node.server.discovery.RecordSearch;
import io.kvorum.node.server.peer.ClusterProbe.Answer;
import io.kvorum.node.server.peer.ClusterView;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/// Decides who the member is and how it comes to its first log entry.
///
/// A directory that belongs to a cluster decides alone: the `initial-` flags are not even read.
/// Without one, `new` forms the cluster that the flags describe, unless a running peer says that
/// this member was there before: its votes and acknowledgements are lost with its data, so it must
/// not come back under the same id. `existing` joins what a running peer describes.
public final class Bootstrap {

  /// How long peers that say nothing are asked again: longer than a slow machine takes to answer
  /// its first call, and short enough for a cluster whose other members start much later.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration PAUSE = Duration.ofMillis(200);

  private final NodeConfig config;
  private final DataDirectory directory;
  private final Peers peers;
  private final UrlComparison comparison;
  private final Duration patience;
  private final Finder finder;

  Bootstrap(
      NodeConfig config,
      DataDirectory directory,
      Peers peers,
      UrlComparison comparison,
      Duration patience,
      Finder finder) {
    this.config = config;
    this.directory = directory;
    this.peers = peers;
    this.comparison = comparison;
    this.patience = patience;
    this.finder = finder;
  }

  public Bootstrap(NodeConfig config, DataDirectory directory, Peers peers) {
    this(config, directory, peers, UrlComparison.ofThisMachine(), PATIENCE, Bootstrap::find);
  }

  /// Asks running members who the cluster is, each URL once.
  @FunctionalInterface
  public interface Peers {
    Answer ask(List<URI> peerUrls, long deadlineMillis);
  }

  /// Finds the other members of a new cluster.
  @FunctionalInterface
  interface Finder {
    /// All of them and this one, as in `--initial-cluster`.
    String find(Discovery discovery, Candidate self);
  }

  private static String find(Discovery discovery, Candidate self) {
    return switch (discovery) {
      case Discovery.Http http -> found(FounderSearch.at(http), self);
      case Discovery.Registry registry -> found(FounderSearch.at(registry), self);
      case Discovery.Dns dns -> RecordSearch.ofThisMachine().find(dns, self);
    };
  }

  private static String found(FounderSearch search, Candidate self) {
    try (search) {
      return search.find(self);
    }
  }

  /// Who the member is, and how it starts.
  public record Decision(MemberConfig.Identity identity, Founding founding) {}

  /// Decides, and records the identity before anything else is written.
  public Decision decide() {
    Decision decision = directory.stored().map(this::resume).orElseGet(this::start);
    long expected = config.cluster().expectedClusterId();
    if (expected != 0 && expected != decision.identity().clusterId()) {
      throw configuration(
          "this member belongs to cluster "
              + MemberIds.text(decision.identity().clusterId())
              + ", --expect-cluster-id="
              + MemberIds.text(expected)
              + " wants another:"
              + " check --data-dir and the --initial flags");
    }
    if (directory.stored().isEmpty()) {
      directory.write(
          new StoredIdentity(
              decision.identity().clusterId(),
              decision.identity().memberId(),
              StoredIdentity.Stage.FORMING));
    }
    return decision;
  }

  private Decision resume(StoredIdentity stored) {
    var identity = new MemberConfig.Identity(stored.clusterId(), stored.memberId(), config.name());
    return switch (stored.stage()) {
      case FORMED -> {
        requirePresent();
        yield new Decision(identity, new Founding.Resume());
      }
      case OPENED -> {
        requirePresent();
        yield reopen(identity);
      }
      case FORMING -> restart(identity);
    };
  }

  private void requirePresent() {
    if (!directory.hasLog()) {
      throw new StartFailure(
          ExitCode.DAMAGED_LOG,
          "the log of this member is missing in "
              + directory.folders().log()
              + ": check --wal-dir; if it is lost, remove the member and add a new one");
    }
    if (!directory.hasState()) {
      throw new StartFailure(
          ExitCode.DAMAGED_STATE,
          "the state of this member is missing in "
              + directory.folders().state()
              + ": if it is lost, remove the member and add a new one");
    }
  }

  /// A first start that did not get to its end, and of which nobody has heard, is done again.
  private Decision restart(MemberConfig.Identity identity) {
    Decision again = start();
    if (again.identity().clusterId() != identity.clusterId()
        || again.identity().memberId() != identity.memberId()) {
      throw configuration(
          "the data directory "
              + directory.path()
              + " was begun by member "
              + MemberIds.text(identity.memberId())
              + " of cluster "
              + MemberIds.text(identity.clusterId())
              + ", the flags describe member "
              + MemberIds.text(again.identity().memberId())
              + " of cluster "
              + MemberIds.text(again.identity().clusterId())
              + ": use the flags of its first start, or another --data-dir");
    }
    return again;
  }

  /// A member that died between its first words and its first client goes on. Whom it may have to
  /// dial first, the flags and the peers still know.
  private Decision reopen(MemberConfig.Identity identity) {
    InitialCluster cluster = initialCluster();
    if (!config.cluster().joining()) {
      return new Decision(identity, new Founding.Found(cluster.founders()));
    }
    for (Answer.Known known : askOthers(cluster, false).known()) {
      if (known.view().clusterId() == identity.clusterId()) {
        return new Decision(identity, new Founding.Join(known.view().members()));
      }
    }
    return new Decision(identity, new Founding.Resume());
  }

  private Decision start() {
    InitialCluster cluster = initialCluster();
    return config.cluster().joining() ? join(cluster) : form(cluster);
  }

  private InitialCluster initialCluster() {
    NodeConfig.Cluster flags = config.cluster();
    InitialCluster cluster =
        flags
            .discovery()
            .map(this::discovered)
            .orElseGet(() -> InitialCluster.parse(flags.initialMembers(), flags.token()));
    cluster.requireSound(config.name());
    return cluster;
  }

  private InitialCluster discovered(Discovery discovery) {
    if (config.cluster().joining() && !(discovery instanceof Discovery.Dns)) {
      throw configuration(
          "discovery URL should not be set when joining existing initial cluster: list its members"
              + " with --initial-cluster");
    }
    String token =
        switch (discovery) {
          case Discovery.Http(URI url, _) -> url.toString();
          case Discovery.Registry registry -> registry.token();
          case Discovery.Dns _ -> config.cluster().token();
        };
    List<Url> urls = config.cluster().advertisePeerUrls();
    var self = new Candidate(MemberIds.text(MemberIds.member(urls, token)), config.name(), urls);
    return InitialCluster.parse(finder.find(discovery, self), token);
  }

  private Decision form(InitialCluster cluster) {
    cluster.requireAdvertised(config.name(), config.cluster().advertisePeerUrls(), comparison);
    long memberId = cluster.memberId(config.name());
    for (Answer.Known known : askOthers(cluster, true).known()) {
      requireUnstarted(known.view(), cluster.clusterId(), memberId, known.from());
    }
    return new Decision(
        new MemberConfig.Identity(cluster.clusterId(), memberId, config.name()),
        new Founding.Found(cluster.founders()));
  }

  /// What the other members said.
  ///
  /// @param unclear whether one neither answered nor is known to be down
  private record Round(List<Answer.Known> known, List<String> attempts, boolean unclear) {}

  /// Asks all other members at once, again and again while it is unclear.
  ///
  /// @param every whether each of them counts: one that lags may not know yet what another knows.
  ///   Otherwise the first answer is enough
  private Round askOthers(InitialCluster cluster, boolean every) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      Round round = askOnce(cluster);
      boolean clear = every ? !round.unclear() : !round.known().isEmpty();
      if (clear || round.attempts().isEmpty() || System.nanoTime() - deadline >= 0) {
        return round;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private Round askOnce(InitialCluster cluster) {
    List<Callable<Answer>> questions =
        cluster.members().entrySet().stream()
            .filter(member -> !member.getKey().equals(config.name()))
            .<Callable<Answer>>map(
                member -> () -> peers.ask(uris(member.getValue()), PATIENCE.toMillis()))
            .toList();
    var known = new ArrayList<Answer.Known>();
    var attempts = new ArrayList<String>();
    boolean unclear = false;
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Answer> asked : executor.invokeAll(questions)) {
        switch (asked.resultNow()) {
          case Answer.Known answer -> known.add(answer);
          case Answer.Silent(List<String> tried, boolean nobodyListens) -> {
            attempts.addAll(tried);
            unclear |= !nobodyListens;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartFailure(ExitCode.FATAL, "interrupted while asking the peers", e);
    }
    return new Round(known, attempts, unclear);
  }

  private static void requireUnstarted(ClusterView view, long clusterId, long memberId, URI from) {
    requireNotRemoved(view, memberId);
    if (view.clusterId() != clusterId) {
      throw configuration(
          "cluster ID mismatch: the peer at "
              + from
              + " belongs to cluster "
              + MemberIds.text(view.clusterId())
              + ", the flags describe cluster "
              + MemberIds.text(clusterId)
              + ": check --initial-cluster and --initial-cluster-token");
    }
    for (NamedMember member : view.members()) {
      if (member.memberId() == memberId) {
        if (!member.name().isEmpty()) {
          throw identityLost(memberId, view);
        }
        return;
      }
    }
    throw configuration(
        "member "
            + MemberIds.text(memberId)
            + " is not part of the running cluster "
            + MemberIds.text(clusterId)
            + ": add it with 'member add' and start it with --initial-cluster-state=existing");
  }

  private Decision join(InitialCluster cluster) {
    Round round = askOthers(cluster, false);
    if (round.known().isEmpty()) {
      throw configuration(
          "cannot fetch cluster info from peer urls: could not retrieve cluster information"
              + " from the given URLs ("
              + (round.attempts().isEmpty()
                  ? "--initial-cluster names no other member"
                  : String.join("; ", round.attempts()))
              + ")");
    }
    return joined(cluster, round.known());
  }

  /// Joins what one of the answers describes. A peer that lags may not list this member yet; one
  /// that knows it as started is enough to stop it.
  private Decision joined(InitialCluster cluster, List<Answer.Known> answers) {
    var decisions = new ArrayList<Decision>();
    var failures = new ArrayList<StartFailure>();
    for (Answer.Known answer : answers) {
      try {
        decisions.add(joined(cluster, answer.view()));
      } catch (StartFailure e) {
        failures.add(e);
      }
    }
    for (StartFailure failure : failures) {
      if (decisions.isEmpty() || failure.exitCode() != ExitCode.FATAL) {
        throw failure;
      }
    }
    return decisions.getFirst();
  }

  private Decision joined(InitialCluster cluster, ClusterView view) {
    NamedMember self = matched(cluster, view);
    requireNotRemoved(view, self.memberId());
    if (!self.name().isEmpty()) {
      throw identityLost(self.memberId(), view);
    }
    return new Decision(
        new MemberConfig.Identity(view.clusterId(), self.memberId(), config.name()),
        new Founding.Join(view.members()));
  }

  /// This member in the live list. Every live member must be named in the flags, by its URLs.
  private NamedMember matched(InitialCluster cluster, ClusterView view) {
    if (view.members().size() != cluster.members().size()) {
      throw configuration(
          "error validating peerURLs "
              + describe(view)
              + ": member count is unequal"
              + " (the cluster has "
              + view.members().size()
              + ", --initial-cluster names "
              + cluster.members().size()
              + "; "
              + advice(cluster, view)
              + ")");
    }
    NamedMember self = null;
    for (NamedMember member : view.members()) {
      String name = nameOf(cluster, member);
      if (name.equals(config.name())) {
        self = member;
      }
    }
    if (self == null) {
      throw configuration(
          "error validating peerURLs "
              + describe(view)
              + ": no member has the URLs that"
              + " --initial-cluster gives for "
              + config.name());
    }
    return self;
  }

  /// What to do about lists of different lengths.
  private String advice(InitialCluster cluster, ClusterView view) {
    var live = view.members().stream().flatMap(member -> member.peerUrls().stream()).toList();
    if (cluster.urls(config.name()).stream().map(Url::text).noneMatch(live::contains)) {
      return "add this member with 'member add' first";
    }
    List<String> strangers =
        cluster.members().entrySet().stream()
            .filter(named -> named.getValue().stream().map(Url::text).noneMatch(live::contains))
            .map(Map.Entry::getKey)
            .toList();
    return strangers.isEmpty()
        ? "name every member that 'member list' shows"
        : "leave out %s: the cluster has no member at the URLs given for it"
            .formatted(String.join(", ", strangers));
  }

  private String nameOf(InitialCluster cluster, NamedMember member) {
    for (var candidate : cluster.members().entrySet()) {
      List<String> urls = candidate.getValue().stream().map(Url::text).toList();
      if (comparison.same(member.peerUrls(), urls)) {
        return candidate.getKey();
      }
    }
    throw configuration(
        "error validating peerURLs: PeerURLs: no match found for existing member ("
            + MemberIds.text(member.memberId())
            + ", "
            + member.peerUrls()
            + "), last resolver error ("
            + comparison.lastError()
            + ")");
  }

  private static void requireNotRemoved(ClusterView view, long memberId) {
    if (view.removed().contains(memberId)) {
      throw new StartFailure(
          ExitCode.REMOVED,
          "member "
              + MemberIds.text(memberId)
              + " was removed from cluster "
              + MemberIds.text(view.clusterId())
              + " and never comes back: add a new member with 'member add'");
    }
  }

  private static StartFailure identityLost(long memberId, ClusterView view) {
    return new StartFailure(
        ExitCode.IDENTITY_LOST,
        "member "
            + MemberIds.text(memberId)
            + " has already been bootstrapped in cluster "
            + MemberIds.text(view.clusterId())
            + ", and this data directory is empty: its votes are lost with its data;"
            + " remove the member and add a new one");
  }

  private static List<URI> uris(List<Url> urls) {
    return urls.stream().map(url -> URI.create(url.text())).toList();
  }

  private static String describe(ClusterView view) {
    var members = new ArrayList<String>();
    view.members()
        .forEach(member ->
            members.add(
                MemberIds.text(member.memberId()) + "=" + String.join(",", member.peerUrls())));
    return "{ClusterID:"
        + MemberIds.text(view.clusterId())
        + " Members:["
        + String.join(" ", members)
        + "]}";
  }
}
