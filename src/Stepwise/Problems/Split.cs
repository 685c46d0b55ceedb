namespace Stepwise.Problems;

/// <summary>Which part of a task's problems a set is drawn from; the parts share no problem.</summary>
public enum Split
{
    /// <summary>Problems to learn from.</summary>
    Train,

    /// <summary>Problems held out for evaluation.</summary>
    Test,
}
