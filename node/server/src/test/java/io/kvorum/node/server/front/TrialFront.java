package io.kvorum.node.server.front;

import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.NodeConfigReader;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.metrics.MemberMetrics;
import io.kvorum.node.server.tls.TlsPlanes;
import io.kvorum.testkit.Loopback;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// A front on an address of its own, with the trial service behind it.
class TrialFront implements AutoCloseable {

  static final int PORT = 2379;
  static final int METRICS_PORT = 2381;

  /// For `--listen-client-http-urls`.
  static final int HTTP_PORT = 2382;

  final String address = Loopback.next(PORT, METRICS_PORT, HTTP_PORT);
  final TrialMember member = new TrialMember();
  private final EventLoops loops = EventLoops.start("trial-io");
  private final Front front;

  /// @param scheme of the client port
  /// @param flags in which `@address` stands for this front's
  TrialFront(String scheme, String... flags) {
    try {
      prepare(address);
    } catch (Exception e) {
      throw new IllegalStateException("cannot prepare " + address, e);
    }
    var arguments = new ArrayList<String>();
    for (String flag : flags) {
      arguments.add(flag.replace("@address", address));
    }
    String url = scheme + "://" + address + ":" + PORT;
    arguments.add("--listen-client-urls=" + url);
    arguments.add("--advertise-client-urls=" + url);
    arguments.add("--listen-metrics-urls=http://" + address + ":" + METRICS_PORT);
    NodeConfig config =
        ((NodeConfigReader.Request.Run) NodeConfigReader.read(arguments, Map.of(), () -> ""))
            .config();
    front =
        new Front(
            config,
            loops,
            new MemberMetrics(config.extensiveMetrics()),
            TlsPlanes.load(config).clients(),
            patience());
    front.requirePortsFree();
    front.openMetrics(member);
    front.open(
        List.of(new TrialKv().definition(), new TrialWatch().bindService()),
        _ -> CompletableFuture.completedFuture(HttpAnswer.notFound()),
        member);
  }

  /// What must be there before the front opens, made for its address.
  void prepare(String ownAddress) throws Exception {}

  /// How long clients may take.
  Patience patience() {
    return Patience.USUAL;
  }

  String url(String scheme) {
    return scheme + "://" + address + ":" + PORT;
  }

  @Override
  public void close() {
    front.close(1_000);
    loops.close();
  }
}
