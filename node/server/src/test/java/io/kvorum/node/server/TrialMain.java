package io.kvorum.node.server;

import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.server.api.Counters;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.peer.ClusterProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// A process with everything but a store: its member joins at once, answers every range with
/// nothing, and ends as the key that was asked for last says (`removed`, `disk`, `defect`, `hang`).
public final class TrialMain {

  private TrialMain() {}

  public static void main(String[] args) {
    ClusterProbe silent =
        (_, _, _) -> new ClusterProbe.Answer.Silent(List.of("nobody asked"), true);
    int code = new Launch(TrialMain::start, silent).run(List.of(args), System.getenv()).code();
    System.out.flush();
    Runtime.getRuntime().halt(code);
  }

  private static Member start(MemberConfig config, ClientFront front, MemberEvents events)
      throws IOException {
    Files.writeString(config.folders().log().resolve("segment"), "x");
    Files.writeString(config.folders().state().resolve("CURRENT"), "x");
    events.opened();
    var member = new TrialMember(config, front);
    front.open(
        List.of(new Ends(events, member).bindService()),
        _ -> CompletableFuture.completedFuture(HttpAnswer.notFound()),
        member);
    return member;
  }

  private static final class Ends extends KVGrpc.KVImplBase {
    private final MemberEvents events;
    private final TrialMember member;

    Ends(MemberEvents events, TrialMember member) {
      this.events = events;
      this.member = member;
    }

    @Override
    public void range(RangeRequest request, StreamObserver<RangeResponse> observer) {
      observer.onNext(RangeResponse.getDefaultInstance());
      observer.onCompleted();
      switch (request.getKey().toStringUtf8()) {
        case "removed" -> events.stopping(new MemberEvents.StopReason.Removed());
        case "disk" ->
            events.stopping(
                new MemberEvents.StopReason.DiskFailed(new IOException("no space left")));
        case "defect" ->
            Thread.ofPlatform()
                .start(() -> {
                  throw new IllegalStateException("a defect");
                });
        case "hang" -> member.hangs = true;
        case String _ -> {}
      }
    }
  }

  private static final class TrialMember implements Member, MemberStatus {
    private final MemberConfig config;
    private final ClientFront front;
    private final Counters counters = new Counters();
    private volatile boolean hangs;

    TrialMember(MemberConfig config, ClientFront front) {
      this.config = config;
      this.front = front;
    }

    @Override
    public MemberStatus status() {
      return this;
    }

    @Override
    public void close(boolean graceful) {
      while (hangs) {
        java.util.concurrent.locks.LockSupport.park();
      }
      front.close(graceful ? 1_000 : 0);
    }

    @Override
    public Standing standing() {
      var identity = config.identity();
      return new Standing(
          identity.clusterId(),
          identity.memberId(),
          identity.memberId(),
          false,
          1,
          1,
          1,
          1,
          0,
          0,
          0,
          0,
          Optional.empty(),
          List.of(),
          0,
          false,
          0,
          1);
    }

    @Override
    public Counters counters() {
      return counters;
    }

    @Override
    public boolean certificatesAreUsers() {
      return false;
    }

    @Override
    public CompletableFuture<Probe> probe(boolean linearizable) {
      return CompletableFuture.completedFuture(new Probe.Healthy());
    }
  }
}
