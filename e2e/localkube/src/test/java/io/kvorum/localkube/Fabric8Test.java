package io.kvorum.localkube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.kvorum.testkit.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// What the operator's client library relies on: informers, server-side apply, status, scale,
/// optimistic locking, deletion.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Fabric8Test {

  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final String NAMESPACE = "fabric8";

  private static final ResourceDefinitionContext GADGETS =
      new ResourceDefinitionContext.Builder()
          .withGroup("example.io")
          .withVersion("v1")
          .withKind("Gadget")
          .withPlural("gadgets")
          .withNamespaced(true)
          .build();

  private final LocalKube kubernetes;
  private final KubernetesClient client;

  Fabric8Test(@TempDir Path folder) throws Exception {
    this.kubernetes =
        new LocalKube(new LocalKube.Options(folder.resolve("state"), 0, Path.of("kvorum"), 1));
    Config config = Config.fromKubeconfig(Files.readString(kubernetes.kubeconfig()));
    this.client = new KubernetesClientBuilder().withConfig(config).build();
  }

  @BeforeAll
  void prepare() {
    client
        .namespaces()
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build())
        .create();
    client
        .resource(
            client
                .getKubernetesSerialization()
                .unmarshal(
                    """
                    apiVersion: apiextensions.k8s.io/v1
                    kind: CustomResourceDefinition
                    metadata: {name: gadgets.example.io}
                    spec:
                      group: example.io
                      scope: Namespaced
                      names: {plural: gadgets, kind: Gadget, singular: gadget}
                      versions:
                      - name: v1
                        served: true
                        storage: true
                        subresources:
                          status: {}
                          scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
                        schema:
                          openAPIV3Schema:
                            type: object
                            properties:
                              spec: {type: object, properties: {replicas: {type: integer}}}
                              status: {type: object, properties: {replicas: {type: integer}}}
                    """,
                    CustomResourceDefinition.class))
        .serverSideApply();
  }

  @AfterAll
  void stop() {
    client.close();
    kubernetes.close();
  }

  private Resource<ConfigMap> configMap(String name) {
    return client.configMaps().inNamespace(NAMESPACE).withName(name);
  }

  private static ConfigMap map(String name, Map<String, String> data) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(NAMESPACE)
        .endMetadata()
        .withData(data)
        .build();
  }

  @Test
  void informer_seesEachChange() {
    var seen = new CopyOnWriteArrayList<String>();
    SharedIndexInformer<ConfigMap> informer =
        client
            .configMaps()
            .inNamespace(NAMESPACE)
            .withLabel("watched")
            .inform(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(ConfigMap map) {
                    seen.add("add " + map.getData());
                  }

                  @Override
                  public void onUpdate(ConfigMap before, ConfigMap map) {
                    seen.add("update " + map.getData());
                  }

                  @Override
                  public void onDelete(ConfigMap map, boolean unknown) {
                    seen.add("delete " + map.getData());
                  }
                });
    ConfigMap first = map("watched", Map.of("a", "1"));
    first.getMetadata().setLabels(Map.of("watched", "yes"));
    client.resource(first).create();
    configMap("watched").edit(map -> new ConfigMapBuilder(map).addToData("a", "2").build());
    client.resource(map("unwatched", Map.of())).create();
    configMap("watched").delete();
    Await.until("three events, so far " + seen, BOUND, () -> seen.size() == 3);
    assertThat(seen).containsExactly("add {a=1}", "update {a=2}", "delete {a=2}");
    assertThat(informer.isWatching()).isTrue();
    informer.close();
  }

  @Test
  void serverSideApply_ownsFields_andTellsConflicts() {
    PatchContext mine = context("mine", false);
    client.resource(map("owned", Map.of("a", "1", "b", "1"))).patch(mine);
    client.resource(map("owned", Map.of("c", "1"))).patch(context("other", false));
    assertThat(configMap("owned").get().getData()).containsOnlyKeys("a", "b", "c");

    client.resource(map("owned", Map.of("a", "1"))).patch(mine);
    assertThat(configMap("owned").get().getData()).containsOnlyKeys("a", "c");

    assertThatThrownBy(
            () -> client.resource(map("owned", Map.of("a", "2"))).patch(context("other", false)))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("conflict with \"mine\"");
    client.resource(map("owned", Map.of("a", "2"))).patch(context("other", true));
    assertThat(configMap("owned").get().getData()).containsExactly(Map.entry("a", "2"));

    String version = configMap("owned").get().getMetadata().getResourceVersion();
    client.resource(map("owned", Map.of("a", "2"))).patch(context("other", false));
    assertThat(configMap("owned").get().getMetadata().getResourceVersion()).isEqualTo(version);
  }

  private static PatchContext context(String manager, boolean force) {
    return new PatchContext.Builder()
        .withPatchType(PatchType.SERVER_SIDE_APPLY)
        .withFieldManager(manager)
        .withForce(force)
        .build();
  }

  @Test
  void staleWrites_areRefused() {
    ConfigMap created = client.resource(map("stale", Map.of("a", "1"))).create();
    ConfigMap changed = new ConfigMapBuilder(created).addToData("a", "2").build();
    client.resource(changed).update();
    assertThatThrownBy(() -> client.resource(changed).lockResourceVersion().update())
        .isInstanceOf(KubernetesClientException.class)
        .satisfies(e -> assertThat(((KubernetesClientException) e).getCode()).isEqualTo(409));
  }

  @Test
  void customResource_hasStatusScaleAndGeneration() {
    GenericKubernetesResource gadget = new GenericKubernetesResource();
    gadget.setApiVersion("example.io/v1");
    gadget.setKind("Gadget");
    gadget.setMetadata(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName("one")
            .endMetadata()
            .build()
            .getMetadata());
    gadget.setAdditionalProperty("spec", Map.of("replicas", 1));
    gadget.setAdditionalProperty("status", Map.of("replicas", 9));
    var resource = client.genericKubernetesResources(GADGETS).inNamespace(NAMESPACE);
    GenericKubernetesResource created = resource.resource(gadget).create();
    assertThat(created.getAdditionalProperties()).doesNotContainKey("status");

    created.setAdditionalProperty("status", Map.of("replicas", 1));
    GenericKubernetesResource reported = resource.resource(created).updateStatus();
    assertThat(reported.getAdditionalProperties().get("status")).isEqualTo(Map.of("replicas", 1));
    assertThat(reported.getMetadata().getGeneration()).isEqualTo(1);

    resource.withName("one").scale(4);
    GenericKubernetesResource scaled = resource.withName("one").get();
    assertThat(scaled.getAdditionalProperties().get("spec")).isEqualTo(Map.of("replicas", 4));
    assertThat(scaled.getMetadata().getGeneration()).isEqualTo(2);
    assertThat(client.genericKubernetesResources(GADGETS).inAnyNamespace().list().getItems())
        .hasSize(1);
  }

  @Test
  void strangers_areRefused() {
    Config stranger = Config.empty();
    stranger.setMasterUrl(kubernetes.url());
    stranger.setTrustCerts(true);
    stranger.setDisableHostnameVerification(true);
    try (KubernetesClient other = new KubernetesClientBuilder().withConfig(stranger).build()) {
      assertThatThrownBy(() -> other.pods().inNamespace("default").list())
          .satisfies(e -> assertThat(((KubernetesClientException) e).getCode()).isEqualTo(401));
    }
  }

  @Test
  void lists_comeInPages() {
    List<String> names = List.of("page-1", "page-2", "page-3", "page-4", "page-5");
    for (String name : names) {
      ConfigMap map = map(name, Map.of());
      map.getMetadata().setLabels(Map.of("paged", "yes"));
      client.resource(map).create();
    }
    var options = new ListOptionsBuilder();
    var first =
        client
            .configMaps()
            .inNamespace(NAMESPACE)
            .list(options.withLimit(2L).withLabelSelector("paged=yes").build());
    configMap("page-1").delete();
    configMap("page-4").delete();
    String next = first.getMetadata().getContinue();
    var second =
        client
            .configMaps()
            .inNamespace(NAMESPACE)
            .list(options.withLimit(9L).withLabelSelector("paged=yes").withContinue(next).build());
    assertThat(second.getItems())
        .as("the rest as it was when the first page was read")
        .extracting(map -> map.getMetadata().getName())
        .containsExactly("page-3", "page-4", "page-5");
  }
}
