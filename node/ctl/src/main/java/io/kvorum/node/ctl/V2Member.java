package io.kvorum.node.ctl;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/// A member as API v2 shows it; its id is in hexadecimal.
record V2Member(String id, String name, List<String> peerUrls, List<String> clientUrls) {

  V2Member {
    peerUrls = List.copyOf(peerUrls);
    clientUrls = List.copyOf(clientUrls);
  }

  static V2Member of(JsonObject json) {
    return new V2Member(
        json.get("id").getAsString(),
        json.get("name").getAsString(),
        texts(json.getAsJsonArray("peerURLs")),
        texts(json.getAsJsonArray("clientURLs")));
  }

  private static List<String> texts(JsonArray array) {
    var texts = new ArrayList<String>();
    for (JsonElement element : array) {
      texts.add(element.getAsString());
    }
    return texts;
  }
}
