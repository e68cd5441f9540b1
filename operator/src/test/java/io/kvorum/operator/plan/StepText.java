package io.kvorum.operator.plan;

import java.util.stream.Collectors;

/// A step as golden scripts show it.
final class StepText {

  private StepText() {}

  static String of(Step step) {
    return subject(step) + " — " + step.reason();
  }

  private static String subject(Step step) {
    return switch (step) {
      case Step.ApplySupport s -> "ApplySupport " + s.what() + " " + s.value();
      case Step.SaveLatches s -> "SaveLatches " + latches(s.latches());
      case Step.CreateRecord s ->
          "CreateRecord " + s.member() + (s.seed() ? " seed " : " ") + s.peerUrl();
      case Step.SaveRecord s -> "SaveRecord " + s.member() + " " + s.record().phase().text();
      case Step.DeleteRecord s -> "DeleteRecord " + s.member();
      case Step.CreateVolume s -> "CreateVolume " + s.member();
      case Step.GrowVolume s -> "GrowVolume " + s.member() + " to " + s.bytes();
      case Step.DeleteVolume s -> "DeleteVolume " + s.member();
      case Step.CreatePod s ->
          "CreatePod %s %s %s [%s]"
              .formatted(
                  s.member(),
                  s.role().text(),
                  s.startsAs() == Step.StartsAs.EXISTING ? "existing" : "as-told",
                  s.initialCluster().stream()
                      .map(i -> i.name() + "=" + i.peerUrl().replaceFirst("://.*", ""))
                      .collect(Collectors.joining(" ")));
      case Step.DeletePod s -> "DeletePod " + s.member();
      case Step.LabelPod s -> "LabelPod " + s.member() + " " + s.role().text();
      case Step.AddLearner s -> "AddLearner " + s.member();
      case Step.Promote s -> "Promote " + s.member();
      case Step.MoveLeader s -> "MoveLeader " + s.from() + " to " + s.to();
      case Step.RemoveMember s -> "RemoveMember " + s.member();
      case Step.UpdatePeerUrl s -> "UpdatePeerUrl " + s.member() + " " + s.peerUrl();
      case Step.Wait _ -> "Wait";
      case Step.Done _ -> "Done";
    };
  }

  private static String latches(Latches latches) {
    Latches.Operation operation = latches.operation();
    return operation == null ? "no operation" : operation.kind().text() + " " + operation.target();
  }
}
