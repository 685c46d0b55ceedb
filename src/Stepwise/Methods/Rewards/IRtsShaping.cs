namespace Stepwise.Methods.Rewards;

/// <summary>How RTS becomes the reward of a wrong answer.</summary>
public interface IRtsShaping
{
    /// <summary>The reward.</summary>
    /// <param name="rts">RTS, in [0, 1].</param>
    double Reward(double rts);
}
