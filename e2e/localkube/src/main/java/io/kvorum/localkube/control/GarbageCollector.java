package io.kvorum.localkube.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.DeleteOptions.Propagation;
import io.kvorum.localkube.api.ResourceType;
import io.kvorum.localkube.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Deletes what belongs to objects that are gone, and does what their deletion asked for:
/// dependents first (foreground), or dependents set free (orphan).
final class GarbageCollector implements Controller {

  private static final String FOREGROUND = "foregroundDeletion";
  private static final String ORPHAN = "orphan";

  /// One object and its type.
  private record Entry(ResourceType type, ObjectNode object) {}

  private final Objects objects;

  GarbageCollector(Objects objects) {
    this.objects = objects;
  }

  @Override
  public Duration reconcile() {
    List<Entry> all = everything();
    Set<String> alive = new HashSet<>();
    Map<String, List<Entry>> dependents = new HashMap<>();
    for (Entry entry : all) {
      alive.add(Objects.uid(entry.object()));
      for (JsonNode owner : owners(entry)) {
        dependents.computeIfAbsent(Json.text(owner, "uid"), _ -> new ArrayList<>()).add(entry);
      }
    }
    for (Entry entry : all) {
      if (Objects.ending(entry.object())) {
        end(entry, dependents.getOrDefault(Objects.uid(entry.object()), List.of()));
      } else if (!owners(entry).isEmpty()
          && owners(entry).stream().noneMatch(each -> alive.contains(Json.text(each, "uid")))) {
        objects.delete(entry.type(), entry.object(), Propagation.BACKGROUND);
      }
    }
    return NO_HURRY;
  }

  /// Every object once, under the type in whose version it is kept.
  private List<Entry> everything() {
    var all = new ArrayList<Entry>();
    Set<String> seen = new HashSet<>();
    for (ResourceType type : objects.api().catalogue().all()) {
      boolean stored = type.verbs().contains("list") && !type.storage().equals("events");
      if (stored && seen.add(type.storage())) {
        objects.api().all(type, "").forEach(object -> all.add(new Entry(type, object)));
      }
    }
    return all;
  }

  private static List<JsonNode> owners(Entry entry) {
    return Json.items(entry.object(), "metadata", "ownerReferences");
  }

  private void end(Entry owner, List<Entry> dependents) {
    List<String> finalizers = Json.texts(owner.object(), "metadata", "finalizers");
    if (finalizers.contains(ORPHAN)) {
      dependents.forEach(each -> release(each, Objects.uid(owner.object())));
      objects.removeFinalizer(owner.type(), owner.object(), ORPHAN);
    } else if (finalizers.contains(FOREGROUND)) {
      boolean blocked = false;
      for (Entry each : dependents) {
        blocked |= blocks(each, owner);
        if (!Objects.ending(each.object())) {
          objects.delete(each.type(), each.object(), Propagation.FOREGROUND);
        }
      }
      if (!blocked) {
        objects.removeFinalizer(owner.type(), owner.object(), FOREGROUND);
      }
    }
  }

  private static boolean blocks(Entry dependent, Entry owner) {
    return owners(dependent).stream()
        .anyMatch(each ->
            Json.text(each, "uid").equals(Objects.uid(owner.object()))
                && Json.flag(each, "blockOwnerDeletion"));
  }

  private void release(Entry dependent, String owner) {
    objects.change(
        dependent.type(),
        dependent.object(),
        now -> {
          var rest = Json.array();
          for (JsonNode each : Json.items(now, "metadata", "ownerReferences")) {
            if (!Json.text(each, "uid").equals(owner)) {
              rest.add(each);
            }
          }
          Json.with(now, "metadata").set("ownerReferences", rest);
          return now;
        });
  }
}
