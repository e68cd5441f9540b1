package io.kvorum.suite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.suite.history.Workload;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The main job: a cluster is applied, used, scaled, hurt and healed while clients write through
/// all its members; nothing acknowledged is lost and every answer is explained by one order.
final class LifecycleTest {

  private static final int CLIENTS = 16;
  private static final Duration SETTLES = Duration.ofMinutes(3);
  private static final int WRITES_BETWEEN_FAULTS = 200;

  @Test
  void cluster_underLoad_survivesScalingAndLosses(@TempDir Path folder) throws Exception {
    try (var kubernetes = new LocalKubernetes(folder.resolve("state"), true);
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
      var endpoints = new AtomicReference<>(kubernetes.endpoints("demo"));
      assertThat(endpoints.get()).hasSize(3);
      var _ =
          clock.scheduleWithFixedDelay(
              () -> endpoints.set(kubernetes.endpoints("demo")), 2, 2, TimeUnit.SECONDS);
      Workload workload = Workload.start(CLIENTS, "work/", endpoints::get);

      kubernetes.kubectl("scale", "kvc/demo", "--replicas=5");
      kubernetes.awaitSettled("demo", 5, SETTLES);
      assertThat(kubernetes.members("demo"))
          .containsExactly("demo-1", "demo-2", "demo-3", "demo-4", "demo-5");
      awaitWrites(workload);

      deletePod(kubernetes, "demo-2");
      kubernetes.awaitSettled("demo", 5, SETTLES);
      awaitWrites(workload);

      killProcess(kubernetes, leader(kubernetes));
      kubernetes.awaitSettled("demo", 5, SETTLES);
      awaitWrites(workload);

      kubernetes.kubectl("delete", "pod/demo-3", "pvc/" + claimOf(kubernetes, "demo-3"));
      Await.until(
          "demo-3 is replaced by demo-6",
          SETTLES,
          () ->
              kubernetes
                  .members("demo")
                  .equals(List.of("demo-1", "demo-2", "demo-4", "demo-5", "demo-6")));
      kubernetes.awaitSettled("demo", 5, SETTLES);
      awaitWrites(workload);

      kubernetes.kubectl("scale", "kvc/demo", "--replicas=3");
      kubernetes.awaitSettled("demo", 3, SETTLES);
      awaitWrites(workload);

      workload.stop();
      List<String> members = kubernetes.endpoints("demo");
      assertThat(members).hasSize(3);
      assertThat(workload.violations(members)).as(workload.summary()).isEmpty();
      System.out.println("lifecycle: " + workload.summary());
    }
  }

  private static void awaitWrites(Workload workload) {
    long wanted = workload.acknowledged() + WRITES_BETWEEN_FAULTS;
    Await.until("clients write on", SETTLES, () -> workload.acknowledged() >= wanted);
  }

  private static void deletePod(LocalKubernetes kubernetes, String pod) {
    String uid = kubernetes.get("pod", pod).path("metadata").path("uid").asText();
    kubernetes.kubectl("delete", "pod", pod);
    Await.until(
        pod + " is created anew",
        SETTLES,
        () -> {
          Program.Result now =
              kubernetes.tryKubectl("", "get", "pod", pod, "-o", "jsonpath={.metadata.uid}");
          return now.exitCode() == 0 && !now.output().equals(uid);
        });
  }

  private static String leader(LocalKubernetes kubernetes) {
    return kubernetes.kubectl("get", "kvc", "demo", "-o", "jsonpath={.status.leader}");
  }

  private static String claimOf(LocalKubernetes kubernetes, String pod) {
    return kubernetes.kubectl(
        "get",
        "pod",
        pod,
        "-o",
        "jsonpath={.spec.volumes[?(@.persistentVolumeClaim)].persistentVolumeClaim.claimName}");
  }

  private static void killProcess(LocalKubernetes kubernetes, String pod) {
    String before = restarts(kubernetes, pod);
    String container =
        kubernetes.kubectl(
            "get", "pod", pod, "-o", "jsonpath={.status.containerStatuses[0].containerID}");
    String pid = container.substring(container.lastIndexOf('/') + 1);
    Program.command("kill", "-9", pid).run(Duration.ofSeconds(5));
    Await.until(pod + " is restarted", SETTLES, () -> !restarts(kubernetes, pod).equals(before));
  }

  private static String restarts(LocalKubernetes kubernetes, String pod) {
    return kubernetes.kubectl(
        "get", "pod", pod, "-o", "jsonpath={.status.containerStatuses[0].restartCount}");
  }
}
