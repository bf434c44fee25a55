"""What is peculiar to Request Tracker."""
