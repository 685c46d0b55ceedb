namespace Stepwise.Problems;

/// <summary>A question with a checkable answer.</summary>
/// <param name="Id">Unique within its problem set; names the problem in stores and reports.</param>
/// <param name="Question">What is asked, without any formatting for a model (the task adds that).</param>
/// <param name="Answer">The reference answer that the verifier compares with.</param>
/// <param name="Solution">The reference solution, one step per line, or <see langword="null"/> where there is none.</param>
public sealed record Problem(string Id, string Question, string Answer, string? Solution = null);
