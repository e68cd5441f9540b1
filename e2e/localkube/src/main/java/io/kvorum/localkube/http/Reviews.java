package io.kvorum.localkube.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.Authorizer;
import io.kvorum.localkube.api.Authorizer.Attributes;
import io.kvorum.localkube.api.Tokens;
import io.kvorum.localkube.api.User;
import io.kvorum.localkube.json.Json;
import java.util.List;
import java.util.Optional;

/// Answers questions about who somebody is and what they may do. Nothing is stored.
final class Reviews {

  private final Authorizer authorizer;
  private final Tokens tokens;

  Reviews(Authorizer authorizer, Tokens tokens) {
    this.authorizer = authorizer;
    this.tokens = tokens;
  }

  static boolean answers(Call call) {
    return call.type().group().equals("authorization.k8s.io")
        || call.type().group().equals("authentication.k8s.io");
  }

  ObjectNode answer(Call call) {
    ObjectNode review = call.body();
    review.put("kind", call.type().kind());
    review.put("apiVersion", call.type().apiVersion());
    ObjectNode status = review.putObject("status");
    switch (call.type().kind()) {
      case "SelfSubjectAccessReview" -> access(review, call.user(), status);
      case "SubjectAccessReview" -> access(review, subject(review), status);
      case "SelfSubjectRulesReview" -> rules(review, call.user(), status);
      case "TokenReview" -> token(review, status);
      default -> status.set("userInfo", info(call.user()));
    }
    return review;
  }

  private static User subject(ObjectNode review) {
    return new User(Json.text(review, "spec", "user"), Json.texts(review, "spec", "groups"));
  }

  private void access(ObjectNode review, User user, ObjectNode status) {
    JsonNode resource = Json.at(review, "spec", "resourceAttributes");
    boolean allowed =
        authorizer.allows(
            user,
            resource != null
                ? new Attributes(
                    Json.text(resource, "verb"),
                    Json.text(resource, "group"),
                    Json.text(resource, "resource"),
                    Json.text(resource, "subresource"),
                    Json.text(resource, "namespace"),
                    Json.text(resource, "name"),
                    "")
                : new Attributes(
                    Json.text(review, "spec", "nonResourceAttributes", "verb"),
                    "",
                    "",
                    "",
                    "",
                    "",
                    Json.text(review, "spec", "nonResourceAttributes", "path")));
    status.put("allowed", allowed);
  }

  private void rules(ObjectNode review, User user, ObjectNode status) {
    ArrayNode resources = status.putArray("resourceRules");
    ArrayNode paths = status.putArray("nonResourceRules");
    for (JsonNode rule : authorizer.rules(user, Json.text(review, "spec", "namespace"))) {
      (rule.has("nonResourceURLs") ? paths : resources).add(rule);
    }
    if (user.groups().contains("system:masters")) {
      List<String> all = List.of("*");
      ObjectNode everything = resources.addObject();
      everything.set("verbs", Json.strings(all));
      everything.set("apiGroups", Json.strings(all));
      everything.set("resources", Json.strings(all));
    }
    status.put("incomplete", false);
  }

  private void token(ObjectNode review, ObjectNode status) {
    Optional<User> user = tokens.authenticate(Json.text(review, "spec", "token"));
    status.put("authenticated", user.isPresent());
    user.ifPresent(known -> status.set("user", info(known)));
  }

  private static ObjectNode info(User user) {
    ObjectNode info = Json.object();
    info.put("username", user.name());
    info.set("groups", Json.strings(user.groups()));
    return info;
  }
}
