package io.kvorum.node.server.front;

import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.http.HttpAnswer;

/// `/debug/vars`: a few numbers of process and consensus, under the names that Go programs use.
final class DebugPage {

  private DebugPage() {}

  static HttpAnswer answer(MemberStatus.Standing standing) {
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    String memory =
        "{\"Alloc\":%d,\"HeapAlloc\":%d,\"HeapSys\":%d,\"Sys\":%d}"
            .formatted(used, used, runtime.totalMemory(), runtime.totalMemory());
    String raft =
        "{\"id\":\"%x\",\"term\":%d,\"commit\":%d,\"applied\":%d,\"lead\":\"%x\",\"raftState\":\"%s\"}"
            .formatted(
                standing.memberId(),
                standing.term(),
                standing.committedIndex(),
                standing.appliedIndex(),
                standing.leaderId(),
                role(standing));
    return HttpAnswer.ok(
        "application/json; charset=utf-8",
        "{\n\"memstats\": " + memory + ",\n\"raft.status\": " + raft + "\n}\n");
  }

  private static String role(MemberStatus.Standing standing) {
    if (standing.leaderId() == 0) {
      return "StateCandidate";
    }
    return standing.leader() ? "StateLeader" : "StateFollower";
  }
}
