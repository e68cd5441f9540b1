package io.kvorum.suite.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.DefragmentRequest;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.MoveLeaderRequest;
import io.kvorum.suite.history.StoreClient;
import io.kvorum.suite.members.MemberProcess;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// Something bad that is done to a cluster, and undone by `Cluster.heal` unless it says otherwise.
/// Members are meant by their place among those of the moment.
sealed interface Fault {

  void begin(Cluster cluster) throws IOException;

  /// kill -9.
  record Kill(int member) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      cluster.member(member).program().kill();
    }
  }

  record KillAll() implements Fault {
    @Override
    public void begin(Cluster cluster) {
      for (int i = 0; i < cluster.size(); i++) {
        cluster.member(i).program().kill();
      }
    }
  }

  /// A member is asked to stop, which makes its state durable, so that its log can be cut.
  record Stop(int member) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      Program program = cluster.member(member).program();
      program.terminate();
      assertThat(program.awaitExit(Cluster.BOUND)).as("stopped on request").isZero();
    }
  }

  /// SIGSTOP: it holds its connections, and wakes up in a world that has gone on.
  record Pause(int member) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      cluster.member(member).program().signal("STOP");
    }
  }

  /// Nothing comes or goes.
  record Isolate(int member) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      String name = cluster.member(member).name();
      cluster.network().inbound(name, Way::hold);
      cluster.network().outbound(name, Way::hold);
    }
  }

  /// It hears nothing, but is heard.
  record Deafen(int member) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      cluster.network().inbound(cluster.member(member).name(), Way::hold);
    }
  }

  /// It is not heard, but hears.
  record Mute(int member) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      cluster.network().outbound(cluster.member(member).name(), Way::hold);
    }
  }

  /// Its connections break, and no new ones come about.
  record Unplug(int member) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      cluster.network().wires(cluster.member(member).name(), Wire::refuse);
    }
  }

  /// Its connections break once.
  record Reset(int member) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      cluster.network().wires(cluster.member(member).name(), Wire::reset);
    }
  }

  /// One way between two members is cut.
  record CutWay(int from, int to) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      cluster.network().way(cluster.member(from).name(), cluster.member(to).name()).hold();
    }
  }

  /// Everything that it says comes late.
  record Delay(int member, long millis) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      cluster.network().outbound(cluster.member(member).name(), way -> way.delay(millis));
    }
  }

  /// Little gets through to it at a time.
  record Throttle(int member, long bytesPerSecond) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      cluster.network().inbound(cluster.member(member).name(), way -> way.limit(bytesPerSecond));
    }
  }

  /// The members fall into two groups; the smaller one is of those up to `count`.
  record Split(int count) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      for (int i = 0; i < count; i++) {
        for (int j = count; j < cluster.size(); j++) {
          cluster.network().way(cluster.member(i).name(), cluster.member(j).name()).hold();
          cluster.network().way(cluster.member(j).name(), cluster.member(i).name()).hold();
        }
      }
    }
  }

  /// No file takes another byte: the member must stop and say so.
  record FillDisk(int member) implements Fault {
    private static final int DISK_FAILED = 74;

    @Override
    public void begin(Cluster cluster) {
      Program program = cluster.member(member).program();
      fill(program);
      assertThat(program.awaitExit(Cluster.BOUND)).as(program.errors()).isEqualTo(DISK_FAILED);
    }

    /// A limit on the size of files that is below what they have: every write is refused. It needs
    /// no disk of its own and no rights.
    static void fill(Program program) {
      Program.Result limited =
          Program.command("prlimit", "--pid", Long.toString(program.pid()), "--fsize=0:")
              .run(Duration.ofSeconds(10));
      assertThat(limited.exitCode()).as(limited.errors()).isZero();
    }
  }

  /// Another member is to lead.
  record MoveLeader(int target) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      MemberProcess wanted = cluster.member(target);
      try (var client = new StoreClient(cluster.leader().endpoint())) {
        var _ =
            MaintenanceGrpc.newBlockingStub(client.channel())
                .withDeadlineAfter(5, TimeUnit.SECONDS)
                .moveLeader(MoveLeaderRequest.newBuilder().setTargetID(cluster.id(wanted)).build());
      } catch (StatusRuntimeException refused) {
        // Who led may have lost that meanwhile; nothing is promised but safety.
        return;
      }
    }
  }

  /// All files are written anew, and the state becomes durable.
  record Defragment(int member) implements Fault {
    @Override
    public void begin(Cluster cluster) {
      try (var client = new StoreClient(cluster.member(member).endpoint())) {
        var _ =
            MaintenanceGrpc.newBlockingStub(client.channel())
                .withDeadlineAfter(1, TimeUnit.MINUTES)
                .defragment(DefragmentRequest.getDefaultInstance());
      }
    }
  }

  /// A member is lost with its data, removed, and a new one takes its place.
  record Replace(int member) implements Fault {
    @Override
    public void begin(Cluster cluster) throws IOException {
      var _ = cluster.replace(cluster.member(member));
    }
  }

  /// A new member joins first, then another leaves.
  record Exchange(int member) implements Fault {
    @Override
    public void begin(Cluster cluster) throws IOException {
      MemberProcess leaving = cluster.member(member);
      var _ = cluster.grow();
      cluster.remove(leaving);
    }
  }

  /// Makes a fault of each kind there is; members by the given numbers.
  static List<Fault> one(RandomGenerator random, int size) {
    int some = random.nextInt(size);
    int other = (some + 1 + random.nextInt(size - 1)) % size;
    return List.of(
        new Kill(some),
        new KillAll(),
        new Stop(some),
        new Pause(some),
        new Isolate(some),
        new Deafen(some),
        new Mute(some),
        new Unplug(some),
        new Reset(some),
        new CutWay(some, other),
        new Delay(some, random.nextLong(10, 400)),
        new Throttle(some, random.nextLong(2_000, 50_000)),
        new Split(1 + random.nextInt((size + 1) / 2)),
        new FillDisk(some),
        new MoveLeader(some),
        new Defragment(some),
        new Replace(some),
        new Exchange(some));
  }

  /// Whether others may be under way at the same time: what waits for something to be done needs
  /// the rest of the cluster.
  default boolean isAlone() {
    return switch (this) {
      case FillDisk _, Replace _, Exchange _, Defragment _, KillAll _, Stop _ -> true;
      case Kill _,
          Pause _,
          Isolate _,
          Deafen _,
          Mute _,
          Unplug _,
          Reset _,
          CutWay _,
          Delay _,
          Throttle _,
          Split _,
          MoveLeader _ ->
          false;
    };
  }
}
