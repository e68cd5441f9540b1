package io.kvorum.operator.pods;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kvorum.crds.StoreCluster;
import io.kvorum.operator.plan.PodState;
import io.kvorum.operator.plan.Step;
import io.kvorum.testkit.Golden;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The objects of a cluster, as YAML: the input is the cluster. `seed` and `joining` show the Pod
/// of the first and of a later member, `around` what stands around the Pods, `services` the names
/// by which DNS finds members.
final class ObjectsGoldenTest {

  @TestFactory
  List<DynamicTest> scripts() {
    return Golden.scripts(Path.of("src/test/resources/pods"), () -> ObjectsGoldenTest::objects);
  }

  private static String objects(Golden.Case command) {
    StoreCluster cluster = Serialization.unmarshal(command.input(), StoreCluster.class);
    cluster.getMetadata().setUid("7b1e0a52-0000-4000-8000-000000000001");
    Settings settings = Settings.of(cluster);
    Stream<HasMetadata> objects =
        switch (command.name()) {
          case "seed" -> Stream.of(pod(settings, Step.StartsAs.TOLD_BY_CONFIG_MAP, 1));
          case "joining" -> Stream.of(pod(settings, Step.StartsAs.EXISTING, 2));
          case "around" ->
              Stream.of(
                  ClusterObjects.peerService(settings),
                  ClusterObjects.clientService(settings),
                  ClusterObjects.disruptionBudget(settings, 2),
                  ClusterObjects.bootstrapState(settings, true),
                  ClusterObjects.volume(settings, settings.naming().member(1)));
          case "services" ->
              Stream.of(
                  ClusterObjects.peerService(settings), ClusterObjects.clientService(settings));
          default -> throw new IllegalArgumentException(command.position());
        };
    return objects.map(Serialization::asYaml).collect(Collectors.joining());
  }

  private static HasMetadata pod(Settings settings, Step.StartsAs startsAs, int members) {
    var scheme = settings.desired().peerScheme();
    List<Step.InitialMember> initial =
        Stream.iterate(1, serial -> serial <= members, serial -> serial + 1)
            .map(settings.naming()::member)
            .map(name -> new Step.InitialMember(name, settings.naming().peerUrl(name, scheme)))
            .toList();
    var step =
        new Step.CreatePod(
            settings.naming().member(members),
            startsAs,
            initial,
            scheme,
            members == 1 ? PodState.Role.VOTER : PodState.Role.LEARNER,
            "");
    return PodTemplate.pod(settings, step);
  }
}
