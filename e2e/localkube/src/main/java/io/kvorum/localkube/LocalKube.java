package io.kvorum.localkube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.Api;
import io.kvorum.localkube.api.Authorizer;
import io.kvorum.localkube.api.Patch;
import io.kvorum.localkube.api.ResourceType;
import io.kvorum.localkube.api.Target;
import io.kvorum.localkube.api.Tokens;
import io.kvorum.localkube.api.WriteOptions;
import io.kvorum.localkube.control.ApiCluster;
import io.kvorum.localkube.control.Controllers;
import io.kvorum.localkube.http.ApiServer;
import io.kvorum.localkube.http.Certificate;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.kubelet.Addresses;
import io.kvorum.localkube.kubelet.ImageCatalogue;
import io.kvorum.localkube.kubelet.Kubelet;
import io.kvorum.localkube.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// A Kubernetes for one machine: an API server, controllers, and nodes whose Pods are processes.
///
/// Everything it keeps stands in its state folder; a second start on the same folder continues
/// where the first ended. Closing it stops all its processes and keeps the state.
public final class LocalKube implements AutoCloseable {

  private static final String ADMIN = "kubernetes-admin";
  private static final long ACCOUNT_TOKEN_SECONDS = 31_536_000;

  /// How to start.
  ///
  /// @param stateFolder where everything is kept
  /// @param port the API's port on 127.0.0.1; 0 picks a free one
  /// @param launcher the `kvorum` script, which runs this project's own images
  /// @param nodes how many nodes it shows
  public record Options(Path stateFolder, int port, Path launcher, int nodes) {
    private static final int NODES = 5;

    public Options(Path stateFolder, int port, Path launcher) {
      this(stateFolder, port, launcher, NODES);
    }
  }

  private final StateFolder folder;
  private final FolderLock lock;
  private final ObjectStore store;
  private final Api api;
  private final Tokens tokens;
  private final ApiServer server;
  private final Addresses addresses;
  private final Kubeconfig kubeconfig;
  private final Kubelet kubelet;
  private final Controllers controllers;

  /// Starts it; the API answers when this returns.
  public LocalKube(Options options) throws IOException {
    this.folder = StateFolder.open(options.stateFolder());
    this.lock = FolderLock.take(folder.pid());
    this.store = new ObjectStore(folder.server("objects.journal"));
    this.addresses = new Addresses(folder.server("addresses"), new SplittableRandom());
    this.api = new Api(store, (namespace, name) -> addresses.of("services/" + namespace, name));
    this.tokens = new Tokens(store, folder.server("token.key"));
    furnish();
    forgetReadiness();
    Certificate certificate = Certificate.open(folder.server("certificate.p12"));
    this.server =
        new ApiServer(
            api,
            new Authorizer(store),
            tokens,
            new ContainerLogs(api, folder.root()),
            certificate,
            options.port());
    this.kubeconfig = new Kubeconfig("https://127.0.0.1:" + server.port(), certificate.pem());
    kubeconfig.write(folder.kubeconfig(), ADMIN, tokens.admin(), "default");
    this.kubelet =
        new Kubelet(
            new ApiCluster(api, this::credentials),
            new ImageCatalogue(options.launcher()),
            addresses,
            folder.root(),
            IntStream.rangeClosed(1, options.nodes()).mapToObj(i -> "node-" + i).toList());
    this.controllers = new Controllers(api);
  }

  /// What every cluster has from its first moment.
  private void furnish() {
    for (String namespace : List.of("default", "kube-system", "kube-public")) {
      createIfAbsent("namespaces", Json.object(), namespace);
    }
    ObjectNode storage = Json.object();
    storage.put("provisioner", "kvorum.io/folders");
    storage.put("volumeBindingMode", "WaitForFirstConsumer");
    storage.put("allowVolumeExpansion", true);
    Json.with(storage, "metadata", "annotations")
        .put("storageclass.kubernetes.io/is-default-class", "true");
    createIfAbsent("storageclasses.storage.k8s.io", storage, "local");
    ObjectNode all = Json.object();
    ObjectNode rule = all.putArray("rules").addObject();
    for (String field : List.of("apiGroups", "resources", "verbs")) {
      rule.putArray(field).add("*");
    }
    createIfAbsent("clusterroles.rbac.authorization.k8s.io", all, "cluster-admin");
  }

  /// Pods of an earlier start have no process yet: nobody shall take them for ready.
  private void forgetReadiness() {
    ResourceType pods = api.type("pods");
    for (ObjectNode pod : api.all(pods, "")) {
      var target =
          new Target(
              pods,
              Json.text(pod, "metadata", "namespace"),
              Json.text(pod, "metadata", "name"),
              "");
      api.rewrite(target, LocalKube::unready, WriteOptions.of("kubelet"));
    }
  }

  private static ObjectNode unready(ObjectNode pod) {
    for (JsonNode each : Json.items(pod, "status", "conditions")) {
      if (each instanceof ObjectNode condition && Json.text(condition, "type").endsWith("Ready")) {
        condition.put("status", "False").put("reason", "KubeletStarted");
      }
    }
    return pod;
  }

  private void createIfAbsent(String resource, ObjectNode object, String name) {
    ResourceType type = api.type(resource);
    if (api.find(new Target(type, "", name, "")).isEmpty()) {
      Json.with(object, "metadata").put("name", name);
      api.create(type, "", object, WriteOptions.of("localkube"));
    }
  }

  /// Writes the kubeconfig by which a Pod's processes act as their service account.
  private synchronized String credentials(String namespace, String account) {
    ObjectNode found = api.get(new Target(api.type("serviceaccounts"), namespace, account, ""));
    Path file = folder.server(namespace + "_" + account + ".kubeconfig");
    String uid = Json.text(found, "metadata", "uid");
    String token = tokens.serviceAccount(namespace, account, uid, ACCOUNT_TOKEN_SECONDS);
    kubeconfig.write(file, account, token, namespace);
    return file.toString();
  }

  public Path kubeconfig() {
    return folder.kubeconfig();
  }

  /// The API's address.
  public String url() {
    return kubeconfig.server();
  }

  public StateFolder folder() {
    return folder;
  }

  public Api api() {
    return api;
  }

  /// Applies an object as `kubectl apply --server-side --force-conflicts` would.
  public ObjectNode apply(ObjectNode object, String manager) {
    String version = Json.text(object, "apiVersion");
    String kind = Json.text(object, "kind");
    ResourceType type =
        api.catalogue()
            .ofKind(version, kind)
            .orElseThrow(
                () -> new IllegalArgumentException("no resource " + kind + " in " + version));
    String stated = Json.text(object, "metadata", "namespace");
    String namespace = type.namespaced() && stated.isEmpty() ? "default" : stated;
    String name = Json.text(object, "metadata", "name");
    return api.patch(
        new Target(type, namespace, name, ""),
        new Patch.Apply(object, true),
        WriteOptions.of(manager));
  }

  /// Stops all Pods in order, then the API. The state stays.
  @Override
  public void close() {
    controllers.close();
    kubelet.close();
    server.close();
    store.close();
    addresses.close();
    lock.close();
  }
}
