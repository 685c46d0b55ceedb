using Stepwise.Answers;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>The answer that most samples of a problem give, where answers that are equal as mathematics are one.</summary>
/// <remarks>Source: Wang et al. 2022 (arXiv 2203.11171), who count texts; here <c>1/2</c> and <c>0.5</c> vote together.</remarks>
internal static class MajorityVote
{
    // Answers beside so many different ones are compared by their text alone, which bounds the time of samples that agree in nothing.
    private const int MostCompared = 64;

    /// <summary>The sample that first gave the answer of the most samples; of several such answers, the one that came first.</summary>
    /// <param name="answers">Per sample its answer; <see langword="null"/> where it states none, and does not vote.</param>
    /// <returns>The sample's place; <see langword="null"/> where none votes.</returns>
    public static int? Winner(IReadOnlyList<string?> answers)
    {
        List<Party> parties = [];
        Dictionary<string, Party> written = new(StringComparer.Ordinal);
        for (int i = 0; i < answers.Count; i++)
        {
            if (answers[i] is not { } text)
            {
                continue;
            }

            if (!written.TryGetValue(text, out Party? party))
            {
                MathAnswer answer = MathAnswer.Read(text);
                party = parties.Take(MostCompared).FirstOrDefault(p => MathAnswer.Compare(p.Answer, answer).Outcome == Equivalence.Equal);
                if (party is null)
                {
                    party = new(answer, i);
                    parties.Add(party);
                }

                written.Add(text, party);
            }

            party.Votes++;
        }

        return parties.Count == 0 ? null : parties.MaxBy(party => party.Votes)!.First;
    }

    private sealed class Party(MathAnswer answer, int first)
    {
        public MathAnswer Answer { get; } = answer;

        public int First { get; } = first;

        public int Votes { get; set; }
    }
}
